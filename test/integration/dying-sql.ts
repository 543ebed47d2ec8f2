/** A database for writers that die: their connections are dropped as they are. */
import { Problem } from "#shared/problem.ts";
import type { Sql, TransactionalSql } from "#shared/sql.ts";

export const died = new Problem("unavailable", "the writer died");

/** Lets so many statements through, and none after. */
export const dyingAfter = (statements: number, alive: TransactionalSql): TransactionalSql => {
  let left = statements;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left <= 0) throw died;
    left -= 1;
    return work();
  };
  const wrap = (sql: Sql): Sql => ({
    query: (text, values) => step(() => sql.query(text, values)),
    write: (text, values, options) => step(() => sql.write(text, values, options)),
  });
  return {
    ...wrap(alive),
    transaction: async (work) => {
      if (left <= 0) throw died;
      return alive.transaction((on) => work(wrap(on)));
    },
  };
};
