/**
 * The five tables as people know them, column by column: the one source for validation, SQL,
 * checksums and the API.
 *
 * 1. `field` is the name in files and in the API, `column` the name in SQL.
 * 2. The order of `columns` is the order of every canonical row and of every checksum. Never
 *    change it for a table that holds data.
 * 3. Times are milliseconds since 1970-01-01 UTC; keyspace ids (`home`) are decimal strings,
 *    because they exceed 2^53.
 */

export type ColumnKind =
  /** Up to `max` characters. */
  | "text"
  /** A non-negative integer up to 2^53 - 1. */
  | "integer"
  /** Milliseconds since 1970; files may give seconds (anything below 1e11). */
  | "time"
  /** 0 or 1. */
  | "flag"
  /** A keyspace id: an unsigned 64-bit integer, as a decimal string. */
  | "home";

export interface Column {
  readonly field: string;
  readonly column: string;
  readonly kind: ColumnKind;
  /** Longest text, in characters. */
  readonly max?: number;
  /** What stands in for a missing field; without it the field is required. */
  readonly missing?: string;
  /** Not part of the public row: computed by placement. */
  readonly hidden?: true;
}

export type LoadableName = "users" | "articles" | "reads";

export interface Table {
  readonly name: LoadableName;
  /** Its name in SQL. */
  readonly table: string;
  /** The field that identifies a row for its users. */
  readonly key: string;
  /** Columns of the primary key in SQL, in order. */
  readonly primaryKey: readonly string[];
  /** The field whose value decides the placement; a read follows its user. */
  readonly placedBy?: string;
  readonly columns: readonly Column[];
}

const text = (field: string, column: string, max: number, missing?: string): Column =>
  missing === undefined
    ? { field, column, kind: "text", max }
    : { field, column, kind: "text", max, missing };
const integer = (field: string, column: string): Column => ({ field, column, kind: "integer" });
const flag = (field: string, column: string): Column => ({ field, column, kind: "flag" });
const home = (field: string, column: string): Column => ({
  field,
  column,
  kind: "home",
  hidden: true,
});
const timestamp: Column = { field: "timestamp", column: "timestamp", kind: "time" };
const id = text("id", "id", 40);

export const users: Table = {
  name: "users",
  table: "user",
  key: "uid",
  primaryKey: ["home", "uid"],
  placedBy: "region",
  columns: [
    home("home", "home"),
    integer("uid", "uid"),
    id,
    timestamp,
    text("name", "name", 100),
    text("gender", "gender", 20),
    text("email", "email", 254),
    text("phone", "phone", 40),
    text("dept", "dept", 60),
    text("grade", "grade", 40),
    text("language", "language", 20),
    text("region", "region", 40),
    text("role", "role", 40),
    text("preferTags", "prefer_tags", 255),
    integer("obtainedCredits", "obtained_credits"),
  ],
};

export const articles: Table = {
  name: "articles",
  table: "article",
  key: "aid",
  primaryKey: ["home", "aid"],
  placedBy: "category",
  columns: [
    home("home", "home"),
    integer("aid", "aid"),
    id,
    timestamp,
    text("title", "title", 255),
    text("category", "category", 40),
    text("abstract", "abstract", 4000),
    text("articleTags", "article_tags", 255),
    text("authors", "authors", 255),
    text("language", "language", 20),
    text("text", "text", 255, ""),
    text("image", "image", 2000, ""),
    text("video", "video", 255, ""),
  ],
};

export const reads: Table = {
  name: "reads",
  table: "user_read",
  key: "id",
  primaryKey: ["home", "id"],
  columns: [
    home("home", "home"),
    id,
    timestamp,
    integer("uid", "uid"),
    integer("aid", "aid"),
    home("articleHome", "article_home"),
    integer("readTimeLength", "read_time_length"),
    integer("readSequence", "read_sequence"),
    flag("readOrNot", "read_or_not"),
    flag("agreeOrNot", "agree_or_not"),
    flag("commentOrNot", "comment_or_not"),
    text("commentDetail", "comment_detail", 1000, ""),
    flag("shareOrNot", "share_or_not"),
  ],
};

export const tables: Readonly<Record<LoadableName, Table>> = { users, articles, reads };
