/** Follows a load to its end, and tells what became of it. */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, UnreachableError } from "./api.ts";
import type { Forecast, LoadResult, Removal } from "./load-report.ts";
import type { ProgressLine } from "./progress-line.ts";
import { count, duration, say } from "./say.ts";

export interface LoadView {
  readonly id: string;
  readonly state: string;
  readonly request: { readonly source?: string; readonly dryRun?: boolean };
  readonly progress: {
    readonly phase?: string;
    readonly bytes?: number;
    readonly bytesTotal?: number;
    readonly records?: number;
    readonly next?: string;
    readonly rows?: Readonly<Record<"done" | "total" | "rowsPerSecond", number>> & {
      readonly secondsLeft?: number;
    };
  };
  readonly result: LoadResult | Forecast | Removal | null;
  readonly problem: {
    readonly detail?: string;
    readonly rejected?: number;
    readonly rejects?: readonly Readonly<Record<string, unknown>>[];
  } | null;
  readonly links?: { readonly rejects?: string };
}

const POLL_MS = 400;
const PATIENCE_MS = 120_000;
const ended = new Set(["succeeded", "failed", "cancelled", "undone"]);

export const hasEnded = ({ state }: Pick<LoadView, "state">): boolean => ended.has(state);

type Show = (progress: LoadView["progress"], line: ProgressLine) => void;

/** By phase. */
const shows: Readonly<Record<string, Show>> = {
  planning: ({ bytes = 0, bytesTotal = 0, records = 0 }, line) =>
    line.show(bytesTotal === 0 ? 0 : bytes / bytesTotal, `reading, ${count(records)} records`),
  loading: ({ rows }, line) => {
    if (rows === undefined) return;
    const { done, total, rowsPerSecond, secondsLeft } = rows;
    const left = secondsLeft === undefined ? "" : `, ${duration(secondsLeft * 1000)} left`;
    const text = `loading ${count(done)} of ${count(total)} rows, ${count(rowsPerSecond)} rows/s${left}`;
    line.show(total === 0 ? 1 : done / total, text);
  },
  waiting: ({ next = "" }, line) => line.show(undefined, `waiting for the derived tables: ${next}`),
  removing: ({ rows }, line) => {
    const { done = 0, total = 0 } = rows ?? {};
    const text = `removing ${count(done)} of ${count(total)} rows`;
    line.show(total === 0 ? undefined : done / total, text);
  },
};

const show = ({ state, progress }: LoadView, line: ProgressLine): void => {
  if (state === "paused") line.show(undefined, "paused");
  else shows[progress.phase ?? "planning"]?.(progress, line);
};

/** Asks again and again; whoever does not answer for a while may be starting anew. */
export const follow = async (api: Api, id: string, line: ProgressLine): Promise<LoadView> => {
  let answeredAt = Date.now();
  for (;;) {
    try {
      const view = await api.get<LoadView>(`/v1/operations/${id}`);
      answeredAt = Date.now();
      if (hasEnded(view)) return view;
      show(view, line);
    } catch (error) {
      if (!(error instanceof UnreachableError) || Date.now() - answeredAt > PATIENCE_MS)
        throw error;
      line.show(undefined, "no answer; asking again");
    }
    await sleep(POLL_MS);
  }
};

/** Fetches the rejects beside the input. */
export const keepRejects = async ({ links }: LoadView, file: string): Promise<void> => {
  if (links?.rejects === undefined) {
    await rm(file, { force: true });
    return;
  }
  const response = await fetch(links.rejects);
  if (!response.ok || response.body === null)
    throw new UnreachableError(`the rejects could not be fetched: HTTP ${response.status}`);
  await pipeline(response.body as AsyncIterable<Uint8Array>, createWriteStream(file));
  say(`All rejected rows, with reasons: ${file}`);
};
