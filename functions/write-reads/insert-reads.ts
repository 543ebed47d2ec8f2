/**
 * Puts reads beside their users. The users are locked meanwhile, so that none is deleted with a
 * read of hers under way; an article may go at any time, its reads outlive it.
 */
import { type Cell, columnsOf, rowChecksum, toHex } from "#shared/checksum.ts";
import { findHomes } from "#shared/directory.ts";
import { Problem } from "#shared/problem.ts";
import type { RowFields } from "#shared/row-schema.ts";
import type { Row, Sql, SqlValue, TransactionalSql } from "#shared/sql.ts";
import { reads } from "#shared/tables.ts";
import { transactOnce } from "#shared/transact-once.ts";

/** One of a request's reads, with the path of its fields in the request. */
export interface NewRead {
  readonly fields: RowFields;
  readonly path: (field: string) => string;
}

const COLUMNS = columnsOf(reads).join(", ");
const ROW = `(${reads.columns.map(() => "?").join(", ")})`;
const LOCK_USERS_SQL = "SELECT uid FROM user WHERE (home, uid) IN (?) FOR SHARE";
const STORED_SQL = `SELECT ${COLUMNS} FROM user_read WHERE (home, id) IN (?)`;

const refuse = ({ path }: NewRead, field: string, detail: string, cause?: Error): Problem =>
  new Problem("unprocessable", `${path(field)}: ${detail}`, { field: path(field), cause });

/** A user is not where the directory had her a moment ago: deleted, or moved. */
const GONE = new Error("the user is not there any more");
const isGone = (error: unknown): boolean => error instanceof Error && error.cause === GONE;

interface Placed {
  readonly read: NewRead;
  readonly cells: readonly Cell[];
  readonly home: bigint;
}

const place = async (tagenal: Sql, wanted: readonly NewRead[]): Promise<Placed[]> => {
  const all = (field: string): number[] => wanted.map(({ fields }) => Number(fields[field]));
  const [users, articles] = await Promise.all([
    findHomes(tagenal, "users", all("uid")),
    findHomes(tagenal, "articles", all("aid")),
  ]);
  return wanted.map((read) => {
    const { uid, aid } = read.fields;
    const home = users.get(Number(uid));
    const articleHome = articles.get(Number(aid));
    if (home === undefined) throw refuse(read, "uid", `there is no user ${uid}`);
    if (articleHome === undefined) throw refuse(read, "aid", `there is no article ${aid}`);
    const fields: RowFields = {
      ...read.fields,
      home: home.toString(),
      articleHome: articleHome.toString(),
    };
    return { read, home, cells: reads.columns.map(({ field }) => fields[field] ?? "") };
  });
};

const toValues = (cells: readonly Cell[]): SqlValue[] =>
  reads.columns.map(({ kind }, index) =>
    kind === "home" ? BigInt(cells[index] ?? 0) : (cells[index] ?? ""),
  );

const toKey = (home: unknown, id: unknown): string => `${home}/${id}`;
const sumOf = (cells: readonly Cell[]): string => toHex(rowChecksum(cells));

const lockUsers = async (on: Sql, placed: readonly Placed[]): Promise<void> => {
  const users = new Map(placed.map(({ home, read }) => [Number(read.fields["uid"]), home]));
  const keys = [...users].map(([uid, home]): [bigint, number] => [home, uid]);
  const found = await on.query<{ uid: number }>(LOCK_USERS_SQL, [keys]);
  const known = new Set(found.map(({ uid }) => uid));
  const orphan = placed.find(({ read }) => !known.has(Number(read.fields["uid"])));
  if (orphan !== undefined)
    throw refuse(orphan.read, "uid", `there is no user ${orphan.read.fields["uid"]}`, GONE);
};

/** Reads that are there already are the caller's own only if it may be repeating itself. */
const checkStored = async (on: Sql, placed: readonly Placed[], isAgain: boolean): Promise<void> => {
  const keys = placed.map(({ home, read }): [bigint, Cell] => [home, read.fields["id"] ?? ""]);
  const rows = await on.query(STORED_SQL, [keys]);
  const cellsOf = (row: Row): Cell[] => reads.columns.map(({ column }) => row[column] as Cell);
  const sums = new Map(rows.map((row) => [toKey(row["home"], row["id"]), sumOf(cellsOf(row))]));
  const other = placed.find(
    ({ read, home, cells }) => sums.get(toKey(home, read.fields["id"])) !== sumOf(cells),
  );
  if (other === undefined && isAgain) return;
  const { read } = other ?? placed[0] ?? {};
  const field = read?.path("id") ?? "id";
  const detail = `${field}: a user has another read with this id, or the batch has it twice`;
  throw new Problem("conflict", detail, { field });
};

const insert = async (
  tagenal: TransactionalSql,
  placed: readonly Placed[],
  isRepeat: boolean,
): Promise<void> => {
  const rows = placed.map(() => ROW).join(", ");
  const sql = `INSERT INTO user_read (${COLUMNS}) VALUES ${rows} ON DUPLICATE KEY UPDATE id = id`;
  const values = placed.flatMap(({ cells }) => toValues(cells));
  await transactOnce(tagenal, isRepeat, async (on, isAgain) => {
    await lockUsers(on, placed);
    const { affected } = await on.write(sql, values);
    if (affected < placed.length) await checkStored(on, placed, isAgain);
  });
};

/** All of them or none, as far as one shard holds them. */
export const createInsertReads =
  (tagenal: TransactionalSql) =>
  async (wanted: readonly NewRead[], isRepeat: boolean): Promise<void> => {
    try {
      await insert(tagenal, await place(tagenal, wanted), isRepeat);
    } catch (error) {
      if (!isGone(error)) throw error;
      await insert(tagenal, await place(tagenal, wanted), isRepeat);
    }
  };
