/**
 * A POST with an Idempotency-Key has one effect and one answer, however often it is sent.
 *
 * 1. The key is entered before the work and gets the answer after it. Until then it is busy: whoever
 *    sends the same meanwhile waits a little for the answer, and is told to come back.
 * 2. Where the work ended without an answer, or died, the next may do it again: it is told so, and
 *    takes what it finds done for its own.
 * 3. A refusal takes the key back: the same request may succeed later.
 * 4. The same key with another body is refused. Keys are forgotten after a day, by the sweep.
 */
import { hash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { RouteRequest } from "./http-function.ts";
import { isProblem, Problem, type ProblemCode } from "./problem.ts";
import type { Reply } from "./respond.ts";
import type { Sql } from "./sql.ts";
import { isPassingProblem } from "./sql-error.ts";

const HEADER = "idempotency-key";
const LIFE_MS = 86_400_000;
/** No function works longer on a request: timeoutSeconds in knative/. */
const BUSY_MS = 65_000;
const PAUSE_MS = 100;
const PATIENCE = 30;
const FORGOTTEN_AT_ONCE = 1_000;

/** `isRepeat`: it may have been done before, in whole or in part. */
export type Work = (isRepeat: boolean) => Promise<Reply>;
export type Once = (path: string, request: RouteRequest, work: Work) => Promise<Reply>;

interface Stored {
  readonly fingerprint: string;
  readonly reply: string | null;
  readonly busyUntil: number;
}

const refuse = (code: ProblemCode, detail: string): Problem =>
  new Problem(code, detail, { field: "Idempotency-Key" });

export interface OnceOptions {
  readonly now?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

export const createOnce = (
  global: Sql,
  { now = Date.now, sleep = wait }: OnceOptions = {},
): Once => {
  /** Undefined: the key is new, and this request's. */
  const enter = async (name: string, fingerprint: string): Promise<Stored | undefined> => {
    const { affected } = await global.write(
      "INSERT INTO request_key (name, fingerprint, busy_until, created_at) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE name = name",
      [name, fingerprint, now() + BUSY_MS, now()],
      { harmless: true },
    );
    if (affected === 1) return undefined;
    const [row] = await global.query<Stored>(
      "SELECT fingerprint, reply, busy_until AS busyUntil FROM request_key WHERE name = ?",
      [name],
    );
    // It was taken back just now.
    return row ?? enter(name, fingerprint);
  };

  const takeOver = async (name: string, { busyUntil }: Stored): Promise<boolean> => {
    if (busyUntil > now()) return false;
    const { affected } = await global.write(
      "UPDATE request_key SET busy_until = ? WHERE name = ? AND busy_until = ? AND reply IS NULL",
      [now() + BUSY_MS, name, busyUntil],
    );
    return affected === 1;
  };

  const finish = async (name: string, reply: Reply): Promise<void> => {
    await global.write(
      "UPDATE request_key SET reply = ? WHERE name = ?",
      [JSON.stringify(reply), name],
      { harmless: true },
    );
  };

  const takeBack = async (name: string): Promise<void> => {
    await global.write("DELETE FROM request_key WHERE name = ? AND reply IS NULL", [name], {
      harmless: true,
    });
  };

  const release = async (name: string): Promise<void> => {
    await global.write("UPDATE request_key SET busy_until = 0 WHERE name = ?", [name], {
      harmless: true,
    });
  };

  const settle = async (name: string, isRepeat: boolean, work: Work): Promise<Reply> => {
    try {
      const reply = await work(isRepeat);
      await finish(name, reply);
      return reply;
    } catch (error) {
      if (isProblem(error) && !isPassingProblem(error)) await takeBack(name);
      // Where this fails too, time will do it.
      else await release(name).catch(() => undefined);
      throw error;
    }
  };

  /** Undefined: somebody is at it. */
  const attempt = async (
    name: string,
    fingerprint: string,
    work: Work,
  ): Promise<Reply | undefined> => {
    const stored = await enter(name, fingerprint);
    if (stored === undefined) return settle(name, false, work);
    if (stored.fingerprint !== fingerprint)
      throw refuse("unprocessable", "Idempotency-Key was used with another body");
    if (stored.reply !== null) return JSON.parse(stored.reply) as Reply;
    return (await takeOver(name, stored)) ? settle(name, true, work) : undefined;
  };

  return async (path, { headers, body }, work) => {
    const key = headers[HEADER];
    if (key === undefined) return work(false);
    if (!/^[!-~]{1,255}$/.test(key))
      throw refuse("invalid-request", "Idempotency-Key is not 1 to 255 ASCII characters");
    const name = hash("sha256", `POST ${path}\n${key}`);
    const fingerprint = hash("sha256", JSON.stringify(body ?? null));
    for (let turn = 0; turn < PATIENCE; turn += 1) {
      const reply = await attempt(name, fingerprint, work);
      if (reply !== undefined) return reply;
      await sleep(PAUSE_MS);
    }
    throw refuse("conflict", "a request with this Idempotency-Key is under way");
  };
};

/** Forgets a bounded number of keys that are a day old. */
export const forgetRequestKeys = async (global: Sql, now: number): Promise<void> => {
  await global.write(
    "DELETE FROM request_key WHERE created_at < ? LIMIT ?",
    [now - LIFE_MS, FORGOTTEN_AT_ONCE],
    { harmless: true },
  );
};
