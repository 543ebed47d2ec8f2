/**
 * The narrow face of a SQL connection that everything else is written against, and text for
 * statements. Reads are harmless and tried again by themselves; a write only where its caller says
 * that doing it twice changes nothing.
 */

export type SqlValue = string | number | bigint | boolean | null;
/** A list stands for `IN (?)`; one of lists for rows, as in `(home, aid) IN (?)`. */
export type SqlValues = readonly (SqlValue | readonly (SqlValue | readonly SqlValue[])[])[];
export type Row = Readonly<Record<string, unknown>>;

export interface Written {
  /** Rows changed; a row found as it should be does not count. */
  readonly affected: number;
  /** The last auto_increment value. */
  readonly insertId: number;
}

export interface Sql {
  /**
   * Rows of a read. Keyspace ids (home, reader_home, article_home, slot) are decimal strings, other
   * integers numbers, JSON is parsed. The caller names the row's type: it wrote the statement.
   */
  query<T extends object = Row>(sql: string, values?: SqlValues): Promise<T[]>;
  write(sql: string, values?: SqlValues, options?: WriteOptions): Promise<Written>;
}

export interface WriteOptions {
  /** Doing it twice changes nothing, so it is tried again when it may not have been done. */
  readonly harmless?: boolean;
}

/** What a database of transactions offers besides. */
export interface TransactionalSql extends Sql {
  /** Commits when `work` returns, rolls back when it throws; it may be run more than once. */
  transaction<T>(work: (transaction: Sql) => Promise<T>): Promise<T>;
}

/** A literal. The fast way for many rows: most texts hold nothing to escape. */
export const toLiteral = (value: string | number): string => {
  if (typeof value === "number") return String(value);
  return /['\\]/.test(value) ? `'${value.replace(/['\\]/g, "\\$&")}'` : `'${value}'`;
};
