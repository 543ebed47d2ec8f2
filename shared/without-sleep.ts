/**
 * Spares writers the second that MySQL sleeps when a primary hands over. Before it ends, it turns
 * semi-sync off, and the thread that reads the replicas' acknowledgements looks only once a second
 * whether it is to stop, unless something comes from one of them. No write comes any more by then; the
 * end of a connection does. So a replica that is not to become primary is let go of it; it has to
 * follow another from then on anyway, and is told so before the change is over.
 *
 * Nobody can connect to the primary during that second, by which it is known.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Reparent, Vtctld } from "./vtctld.ts";
import { whileAtWork } from "./while-at-work.ts";

const LOOK_EVERY_MS = 30;
/** An answer takes some milliseconds. */
const BLOCKED_MS = 70;
/** It may have followed the next primary already when it was told to let go: then that one waits for it. */
const BACK_AFTER_MS = 1_500;

export const withoutSleep = async (
  { tablets, execute }: Pick<Vtctld, "tablets" | "execute">,
  { keyspace, shard, from, to }: Omit<Reparent, "expected"> & { readonly from: string },
  handOver: () => Promise<unknown>,
): Promise<void> => {
  const all = await tablets();
  const other = all.find(
    (one) =>
      one.keyspace === keyspace &&
      one.shard === shard &&
      one.type === "REPLICA" &&
      ![from, to].includes(one.alias),
  )?.alias;
  let letGoAt: number | undefined;
  let isBack = false;
  const letGo = async (replica: string): Promise<void> => {
    const answer = execute(from, "select @@global.super_read_only").catch(() => undefined);
    const isAnswered = answer.then(() => true);
    if (await Promise.race([isAnswered, sleep(BLOCKED_MS, false)])) return;
    await execute(replica, "stop replica io_thread");
    // Where it still took writes it was only slow to answer: its second is yet to come.
    if ((await answer)?.[0]?.[0] === "0") await execute(replica, "start replica io_thread");
    else letGoAt = Date.now();
  };
  const takeBack = async (replica: string): Promise<void> => {
    isBack = true;
    await execute(replica, "start replica io_thread");
  };
  const look = async (): Promise<void> => {
    if (other === undefined || isBack) return;
    if (letGoAt === undefined) await letGo(other);
    else if (Date.now() - letGoAt > BACK_AFTER_MS) await takeBack(other);
  };
  try {
    await whileAtWork(handOver, { again: look, everyMs: LOOK_EVERY_MS });
  } catch (error) {
    // It was to follow another, and goes on with this one.
    if (letGoAt !== undefined && other !== undefined) await takeBack(other).catch(() => undefined);
    throw error;
  }
};
