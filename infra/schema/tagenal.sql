-- Sharded keyspace `tagenal`. Every table carries its keyspace id in a column under the vindex
-- `numeric`: home = placement(value, key), so that a region or category is one key range and all
-- rows of one user or article lie side by side. Types, columns and their order: shared/tables.ts.
-- load_id is the serial of the load operation that wrote the row, 0 for the API.

create table user (
  home bigint unsigned not null,
  uid bigint unsigned not null,
  id varchar(40) character set ascii collate ascii_bin not null,
  timestamp bigint unsigned not null,
  name varchar(100) not null,
  gender varchar(20) not null,
  email varchar(254) not null,
  phone varchar(40) not null,
  dept varchar(60) not null,
  grade varchar(40) not null,
  language varchar(20) not null,
  region varchar(40) not null,
  role varchar(40) not null,
  prefer_tags varchar(255) not null,
  obtained_credits bigint unsigned not null,
  load_id int unsigned not null default 0,
  primary key (home, uid)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

create table article (
  home bigint unsigned not null,
  aid bigint unsigned not null,
  id varchar(40) character set ascii collate ascii_bin not null,
  timestamp bigint unsigned not null,
  title varchar(255) not null,
  category varchar(40) not null,
  abstract varchar(4000) not null,
  article_tags varchar(255) not null,
  authors varchar(255) not null,
  language varchar(20) not null,
  text varchar(255) not null,
  image varchar(2000) not null,
  video varchar(255) not null,
  load_id int unsigned not null default 0,
  primary key (home, aid)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

create table user_read (
  home bigint unsigned not null,
  id varchar(40) character set ascii collate ascii_bin not null,
  timestamp bigint unsigned not null,
  uid bigint unsigned not null,
  aid bigint unsigned not null,
  article_home bigint unsigned not null,
  read_time_length bigint unsigned not null,
  read_sequence bigint unsigned not null,
  read_or_not tinyint unsigned not null,
  agree_or_not tinyint unsigned not null,
  comment_or_not tinyint unsigned not null,
  comment_detail varchar(1000) not null,
  share_or_not tinyint unsigned not null,
  load_id int unsigned not null default 0,
  primary key (home, id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Derived by VReplication from user_read, one row a read, at the article's home. The key holds the
-- reader's home: a read that moves with its user arrives under another key and never collides. It
-- begins with the reader, so that a page of an article's readers is read in order, however many there
-- are; by_time holds all that a rank counts. load_id lets a load check its own rows, however many
-- others there are. Tables that are older than these keys: infra/database/changed-tables.ts.
create table article_read (
  home bigint unsigned not null,
  reader_home bigint unsigned not null,
  id varchar(40) character set ascii collate ascii_bin not null,
  timestamp bigint unsigned not null,
  uid bigint unsigned not null,
  aid bigint unsigned not null,
  read_or_not tinyint unsigned not null,
  agree_or_not tinyint unsigned not null,
  comment_or_not tinyint unsigned not null,
  share_or_not tinyint unsigned not null,
  load_id int unsigned not null default 0,
  primary key (home, uid, reader_home, id),
  key by_time (timestamp, read_or_not, aid)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Derived by VReplication from user_read: sums by article.
create table be_read (
  home bigint unsigned not null,
  aid bigint unsigned not null,
  read_num bigint not null,
  comment_num bigint not null,
  agree_num bigint not null,
  share_num bigint not null,
  primary key (home, aid)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Parts of the key space, by where they begin, whose rows in article_read of a large load are counted
-- in be_read, or no longer are to be (shared/derived-counts.ts).
create table counted_load (
  home bigint unsigned not null,
  load_id int unsigned not null,
  is_counted tinyint unsigned not null,
  primary key (home, load_id)
) engine = InnoDB default charset = utf8mb4;

-- timestamp is where the period begins. computed_at and loads (how many loads had ended by then) tell
-- whether a rank has to be made anew (shared/ranks.ts).
create table popular_rank (
  home bigint unsigned not null,
  id varchar(40) character set ascii collate ascii_bin not null,
  timestamp bigint unsigned not null,
  temporal_granularity varchar(10) not null,
  article_aid_list varchar(255) not null,
  computed_at bigint unsigned not null,
  loads int unsigned not null,
  primary key (home, temporal_granularity, timestamp)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Directories: uid or aid to home. Placed by slot, a hash of the key alone, so that a look-up that
-- knows nothing but the key still touches one shard; its primary key makes uid and aid unique over
-- all shards.
create table user_directory (
  slot bigint unsigned not null,
  uid bigint unsigned not null,
  home bigint unsigned not null,
  primary key (slot, uid)
) engine = InnoDB default charset = utf8mb4;

create table article_directory (
  slot bigint unsigned not null,
  aid bigint unsigned not null,
  home bigint unsigned not null,
  primary key (slot, aid)
) engine = InnoDB default charset = utf8mb4;
