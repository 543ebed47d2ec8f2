-- Unsharded keyspace `global`: operations and what they need to be durable. Events are only
-- wake-ups; these rows are the truth.

-- One durable job. serial is its short number, written into rows it loads (load_id). lock_name
-- names what only one unfinished operation may work on (such as one source); null once it has ended.
create table operation (
  id char(36) character set ascii collate ascii_bin not null,
  serial int unsigned not null auto_increment,
  kind varchar(40) not null,
  state varchar(20) not null,
  request json not null,
  progress json not null,
  result json,
  problem json,
  asked_by varchar(100) not null,
  lock_name varchar(150),
  created_at bigint unsigned not null,
  updated_at bigint unsigned not null,
  primary key (id),
  unique key by_serial (serial),
  unique key by_lock (lock_name),
  key by_state (state, updated_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- One step of an operation. Whoever works on it holds the lease until lease_until and names its
-- fence in every write; a later holder has a higher fence and the earlier one's writes miss. event is
-- the wake-up that makes somebody work on it; a step in state fanned-out has none of its own: the
-- rows of its parts (load_chunk) tell how far it is.
create table operation_step (
  operation_id char(36) character set ascii collate ascii_bin not null,
  name varchar(40) not null,
  state varchar(20) not null,
  event json not null,
  fence int unsigned not null default 0,
  lease_until bigint unsigned not null default 0,
  wake_at bigint unsigned not null default 0,
  attempts int unsigned not null default 0,
  detail json,
  created_at bigint unsigned not null,
  started_at bigint unsigned,
  finished_at bigint unsigned,
  primary key (operation_id, name),
  key by_wake (state, wake_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- What happened to an operation, in order.
create table operation_history (
  number bigint unsigned not null auto_increment,
  operation_id char(36) character set ascii collate ascii_bin not null,
  at bigint unsigned not null,
  fact varchar(60) not null,
  detail json,
  primary key (number),
  key by_operation (operation_id, number)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Events that a transaction owes to the broker; deleted once it has accepted them.
create table outbox (
  id char(36) character set ascii collate ascii_bin not null,
  event json not null,
  created_at bigint unsigned not null,
  primary key (id),
  key by_age (created_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- The ledger of a load: one row per chunk object, all of one table and one shard at plan time.
-- row_sum is the checksum of its rows (shared/checksum.ts); known_count and known_sum are of those
-- that were there before with the same content. article_shard: where the chunk's reads become rows of
-- article_read; empty where the streams make them. No index but the key: lanes step from number to
-- number (functions/load-chunk), and every further index would be one more cause of deadlocks.
create table load_chunk (
  operation_id char(36) character set ascii collate ascii_bin not null,
  number int unsigned not null,
  table_name varchar(20) not null,
  shard varchar(40) not null,
  object varchar(255) not null,
  object_sha256 char(64) character set ascii collate ascii_bin not null,
  row_count int unsigned not null,
  row_sum bigint unsigned not null,
  known_count int unsigned not null default 0,
  known_sum bigint unsigned not null default 0,
  state varchar(20) not null,
  fence int unsigned not null default 0,
  lease_until bigint unsigned not null default 0,
  attempts int unsigned not null default 0,
  problem json,
  finished_at bigint unsigned,
  article_shard varchar(40) not null default '',
  primary key (operation_id, number)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Large loads, whose rows the streams of the derived tables pass over: such a load makes them itself.
-- positions: where the streams have to have come, by the shard that they read, before its rows are
-- theirs again; null until all of them are derived (shared/derived-streams.ts).
create table stream_hold (
  operation_id char(36) character set ascii collate ascii_bin not null,
  held_at bigint unsigned not null,
  positions json,
  primary key (operation_id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Who was last seen as the primary of each shard (functions/watch-tablets), so that a promotion that
-- nobody asked for is noticed.
create table shard_primary (
  shard varchar(100) character set ascii collate ascii_bin not null,
  tablet varchar(60) character set ascii collate ascii_bin not null,
  seen_at bigint unsigned not null,
  primary key (shard)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Since when a tablet is in trouble (functions/watch-tablets); one that is well has no row.
create table tablet_trouble (
  tablet varchar(60) character set ascii collate ascii_bin not null,
  since bigint unsigned not null,
  primary key (tablet)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Since when each tablet is in the state that it is in (functions/watch-tablets).
create table tablet_state (
  tablet varchar(60) character set ascii collate ascii_bin not null,
  state varchar(100) not null,
  since bigint unsigned not null,
  primary key (tablet)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

create table dead_letter (
  source varchar(255) not null,
  id varchar(255) not null,
  type varchar(255) not null,
  event json not null,
  error_code int,
  error_data text,
  received_at bigint unsigned not null,
  primary key (source, id),
  key by_age (received_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Idempotency-Keys of writes: name is a digest of path and key, fingerprint one of the body. reply is
-- null until the write is done, which nobody else does before busy_until (shared/write-once.ts).
create table request_key (
  name char(64) character set ascii collate ascii_bin not null,
  fingerprint char(64) character set ascii collate ascii_bin not null,
  reply mediumtext,
  busy_until bigint unsigned not null,
  created_at bigint unsigned not null,
  primary key (name),
  key by_age (created_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

create table placement_map (
  version int unsigned not null,
  map json not null,
  created_at bigint unsigned not null,
  primary key (version)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
