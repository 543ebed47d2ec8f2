/** Many readers at a time: as many as a function can answer, and a steady share of that. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionServer } from "./function-server.ts";
import { type Summary, summarize } from "./measure.ts";

export interface Saturation {
  readonly perSecond: number;
  /** Of processor time of the function: what it would answer with a core to itself. */
  readonly perCoreSecond: number;
}

type PathOf = (turn: number) => string;

const ask = async ({ pool }: Pick<FunctionServer, "pool">, path: string): Promise<boolean> => {
  const { statusCode, body } = await pool.request({ method: "GET", path });
  await body.dump();
  return statusCode === 200;
};

const CALLERS = 32;
/** Until what is asked most is compiled: a function lives for hours. */
const WARM_UP_MS = 6_000;

/** Each of the callers asks again as soon as it is answered. */
export const saturate = async (
  server: FunctionServer,
  pathOf: PathOf,
  seconds: number,
): Promise<Saturation> => {
  let answered = 0;
  let turn = 0;
  let isOver = false;
  const call = async (): Promise<void> => {
    while (!isOver) {
      if (!(await ask(server, pathOf(turn++)))) throw new Error(`${pathOf(turn)} was refused`);
      answered += 1;
    }
  };
  const callers = Promise.all(Array.from({ length: CALLERS }, call));
  await sleep(WARM_UP_MS);
  const before = { answered, seconds: server.seconds(), at: performance.now() };
  await sleep(seconds * 1_000);
  const count = answered - before.answered;
  const cpu = server.seconds() - before.seconds;
  const took = (performance.now() - before.at) / 1_000;
  isOver = true;
  await callers;
  return { perSecond: Math.round(count / took), perCoreSecond: Math.round(count / cpu) };
};

export interface Steady extends Summary {
  readonly perSecond: number;
  readonly seconds: number;
  readonly errors: number;
}

export interface Asking {
  /** Ends when all that was asked is answered. */
  stop(): Promise<Steady>;
}

/**
 * Asks at a steady rate, whether it is answered or not: the time of an answer counts from when it
 * should have been asked for.
 */
export const startAsking = (
  server: Pick<FunctionServer, "pool">,
  pathOf: PathOf,
  perSecond: number,
): Asking => {
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  let errors = 0;
  let turn = 0;
  let isOver = false;
  const start = performance.now();
  const askOne = async (path: string, at: number): Promise<void> => {
    if (await ask(server, path).catch(() => false)) times.push(performance.now() - at);
    else errors += 1;
  };
  const goOn = async (): Promise<void> => {
    while (!isOver) {
      const due = Math.floor(((performance.now() - start) / 1_000) * perSecond);
      for (; turn < due; turn += 1)
        asked.push(askOne(pathOf(turn), start + ((turn + 1) / perSecond) * 1_000));
      await sleep(1);
    }
  };
  const going = goOn();
  return {
    stop: async () => {
      isOver = true;
      const seconds = Math.round((performance.now() - start) / 1_000);
      await going;
      await Promise.all(asked);
      return { perSecond, seconds, errors, ...summarize(times) };
    },
  };
};

export const keepAsking = async (
  server: FunctionServer,
  pathOf: PathOf,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Steady> => {
  const asking = startAsking(server, pathOf, perSecond);
  await sleep(seconds * 1_000);
  return asking.stop();
};
