/**
 * Does a move: a user with all her reads goes to the place of her new region, an article to that of
 * its new category, and the reads of the article follow.
 *
 * An article's reads lie with their users and are told its new home one page after the other, before
 * and after it moves; meanwhile its counts are in part at the old home and not shown. It is done when
 * nothing has arrived at the old home any more for a while.
 */
import type { rowMoveRequested } from "#events/row-move-requested.ts";
import type { Change } from "#events/rows-changed.ts";
import type { Changes } from "#shared/changes.ts";
import type { Received } from "#shared/event-function.ts";
import { moveRequest, type WantedMove } from "#shared/moves.ts";
import type { Outcome } from "#shared/step-outcome.ts";
import type { Work, WorkOnStep } from "#shared/work-on-step.ts";
import type { MoveOwner } from "./move-owner.ts";
import type { MoveReads } from "./move-reads.ts";

export interface MoveRowsDeps {
  readonly workOnStep: WorkOnStep;
  readonly moveOwner: MoveOwner;
  readonly moveReads: MoveReads;
  readonly changes: Pick<Changes, "announce">;
  /** A large load is under way, whose reads nobody else may change. */
  readonly isLoading: () => Promise<boolean>;
  readonly homeOf: (table: "articles", to: string, aid: number) => Promise<bigint>;
}

/** Until the derived tables have followed. */
const FOLLOW_MS = 1_000;
const LOAD_MS = 2_000;
/** Until reads that were under way when the article moved have arrived. */
const ARRIVE_MS = 3_000;

/** What is answered of others, too, changes while rows are on their way: counts, readers, titles. */
const toChanges = ({ table, key }: WantedMove): Change[] => [
  table === "users" ? { table, uids: [key] } : { table, aids: [key] },
  { table: "reads" },
];

export const createMoveRows = ({
  workOnStep,
  moveOwner,
  moveReads,
  changes,
  isLoading,
  homeOf,
}: MoveRowsDeps) => {
  const move = async ({ lease, signal, report }: Work): Promise<Outcome> => {
    const { request, progress } = lease.operation;
    const { kind: _kind, ...wanted } = moveRequest.parse(request);
    const { table, key, to } = wanted;
    if (await isLoading())
      return { kind: "wait", ms: LOAD_MS, progress: { ...progress, next: "wait for a load" } };
    report({ ...progress, next: `move ${table} ${key} to ${to}` });
    const article = {
      aid: key,
      from: BigInt(wanted.from),
      home: table === "articles" ? await homeOf(table, to, key) : 0n,
    };
    const isArticle = table === "articles" && article.from !== article.home;
    const found = isArticle ? await moveReads(article, signal) : 0;
    await moveOwner(wanted).finally(() => changes.announce(toChanges(wanted)));
    const wait = (ms: number, isQuiet: boolean): Outcome => ({
      kind: "wait",
      ms,
      progress: { next: "wait until its reads have followed", found, isQuiet },
    });
    if (isArticle && found > 0) return wait(FOLLOW_MS, false);
    if (isArticle && progress["isQuiet"] !== true) return wait(ARRIVE_MS, true);
    return { kind: "succeed", result: { table, key, to } };
  };

  return async ({ data }: Received<ReturnType<typeof rowMoveRequested.parse>>): Promise<void> =>
    workOnStep({ operationId: data.operationId, step: "move" }, move);
};
