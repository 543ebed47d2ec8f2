/**
 * A transaction whose work is done once though it may be tried again: where a commit failed with
 * its outcome unknown, the next attempt is told that what it finds may be its own.
 */
import { retry } from "./retry.ts";
import type { Sql, TransactionalSql } from "./sql.ts";
import { isPassingProblem } from "./sql-error.ts";

export const transactOnce = async (
  db: TransactionalSql,
  isRepeat: boolean,
  work: (on: Sql, isAgain: boolean) => Promise<void>,
): Promise<void> => {
  let isAgain = isRepeat;
  await retry(
    async () => {
      const attempt = isAgain;
      isAgain = true;
      await db.transaction((on) => work(on, attempt));
    },
    // Each of them tries for seconds by itself.
    { attempts: 6, isPassing: isPassingProblem },
  );
};
