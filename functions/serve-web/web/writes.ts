/**
 * The reads that this tab writes: on their way, done or failed. Each has a key of its own, so that
 * sent again it is done once.
 */
import { useEffect, useState } from "preact/hooks";
import { age, renew, shownPaths } from "./answers.ts";
import { ApiProblem, noteWrite, postJson } from "./api.ts";
import type { Article, Read } from "./api-types.ts";
import { expectLess, expectMore, expectNothing, type Flags, hasArrived } from "./counts.ts";
import { toArticle, toUser } from "./questions.ts";
import { currentToken } from "./token.ts";
import { toUnique } from "./unique.ts";

export interface NewRead extends Flags {
  readonly timestamp: number;
  readonly uid: number;
  readonly aid: number;
  /** Seconds. */
  readonly readTimeLength: number;
  /** How many reads of the article by the same user were before. */
  readonly readSequence: number;
  readonly commentDetail: string;
}

export interface Write {
  readonly key: string;
  readonly read: NewRead;
  /** Of the article. */
  readonly title: string;
  readonly state: "sending" | "done" | "failed";
  /** Of the read, once it is done. */
  readonly id?: string;
  readonly error?: Error;
}

let writes: readonly Write[] = [];
const listeners = new Set<() => void>();

const set = (all: readonly Write[]): void => {
  writes = all;
  for (const listener of listeners) listener();
};

const change = (key: string, changed: Partial<Write>): void =>
  set(writes.map((write) => (write.key === key ? { ...write, ...changed } : write)));

export const useWrites = (): readonly Write[] => {
  const [shown, setShown] = useState(writes);
  useEffect(() => {
    const listener = (): void => setShown(writes);
    listeners.add(listener);
    listener();
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return shown;
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** After which the counts are looked at again. */
const LOOKS_MS = [150, 350, 1_000, 2_000, 4_000];

const renewAll = async (prefixes: readonly string[]): Promise<void> => {
  const paths = prefixes.flatMap(shownPaths);
  await Promise.all(paths.map((path) => renew(path).catch(() => undefined)));
};

/** Until what derives from the reads has this one, and then everything that shows it. */
const follow = async ({ uid, aid }: NewRead): Promise<void> => {
  for (const pause of LOOKS_MS) {
    await wait(pause);
    const article = (await renew(toArticle(aid)).catch(() => undefined)) as Article | undefined;
    if (article !== undefined && hasArrived(aid, article.beRead)) break;
  }
  const isLast = !writes.some(({ read, state }) => read.aid === aid && state === "sending");
  if (isLast) expectNothing(aid);
  await renewAll([`${toArticle(aid)}/`, `/v1/reads?aid=${aid}&`, `${toUser(uid)}/reads`]);
  set([...writes]);
};

const isPassing = (error: unknown): boolean =>
  error instanceof ApiProblem && (error.status === 0 || error.status >= 500);
const AGAIN_MS = 1_000;

const post = async ({ key, read }: Write, keepalive: boolean): Promise<Read> => {
  const again = (): Promise<Read> =>
    postJson<Read>("/v1/reads", read, currentToken(), { key, keepalive });
  try {
    return await again();
  } catch (error) {
    if (!isPassing(error)) throw error;
    await wait(AGAIN_MS);
    return again();
  }
};

const perform = async (write: Write, keepalive = false): Promise<void> => {
  const { key, read } = write;
  expectMore(read.aid, read);
  change(key, { state: "sending" });
  try {
    const { id } = await post(write, keepalive);
    noteWrite();
    age();
    change(key, { state: "done", id });
  } catch (error) {
    expectLess(read.aid, read);
    change(key, { state: "failed", error: error as Error });
    return;
  }
  await follow(read);
};

interface Sent {
  readonly read: NewRead;
  readonly title: string;
  readonly keepalive?: boolean;
}

/** Goes on by itself: what becomes of it is told by `useWrites`. */
export const send = ({ read, title, keepalive = false }: Sent): void => {
  const write: Write = { key: toUnique(), read, title, state: "sending" };
  set([...writes, write]);
  void perform(write, keepalive);
};

export const sendAgain = (write: Write): void => {
  void perform(write);
};

export const discard = (key: string): void => set(writes.filter((write) => write.key !== key));
