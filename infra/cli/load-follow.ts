/** Follows a load to its end, and tells what became of it. */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, UnreachableError } from "./api.ts";
import type { ProgressLine } from "./progress-line.ts";
import { count, duration, say } from "./say.ts";

export interface LoadView {
  readonly id: string;
  readonly state: string;
  readonly request: { readonly source?: string };
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
  readonly result: LoadResult | null;
  readonly problem: {
    readonly detail?: string;
    readonly rejected?: number;
    readonly rejects?: readonly Readonly<Record<string, unknown>>[];
  } | null;
  readonly links?: { readonly rejects?: string };
}

interface LoadResult {
  readonly tables: Readonly<
    Record<string, Readonly<Record<"rows" | "loaded" | "known", number>> & { checksum: string }>
  >;
  readonly rows: number;
  readonly rejected: number;
  readonly repeated: number;
  readonly skipped: number;
  readonly seconds: Readonly<Record<"plan" | "load" | "verify" | "derived" | "total", number>>;
  readonly rowsPerSecond: number;
}

const POLL_MS = 400;
const PATIENCE_MS = 120_000;
const ended = new Set(["succeeded", "failed", "cancelled", "undone"]);

export const hasEnded = ({ state }: Pick<LoadView, "state">): boolean => ended.has(state);

const show = ({ state, progress }: LoadView, line: ProgressLine): void => {
  const { phase, bytes = 0, bytesTotal = 0, records = 0, rows } = progress;
  if (state === "paused") {
    line.show(undefined, "paused");
  } else if (phase === "loading" && rows !== undefined) {
    const left =
      rows.secondsLeft === undefined ? "" : `, ${duration(rows.secondsLeft * 1000)} left`;
    const rate = `${count(rows.rowsPerSecond)} rows/s${left}`;
    const text = `loading ${count(rows.done)} of ${count(rows.total)} rows, ${rate}`;
    line.show(rows.total === 0 ? 1 : rows.done / rows.total, text);
  } else if (phase === "waiting") {
    line.show(undefined, `waiting for the derived tables: ${progress.next ?? ""}`);
  } else {
    line.show(bytesTotal === 0 ? 0 : bytes / bytesTotal, `reading, ${count(records)} records`);
  }
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

const sayTables = ({ tables }: LoadResult): void => {
  for (const [table, { rows, loaded, known, checksum }] of Object.entries(tables)) {
    const before = known === 0 ? "" : `, ${count(known)} were there before`;
    say(
      `  ${table.padEnd(8)} ${count(rows).padStart(10)} rows: ${count(loaded)} loaded${before}; checksum ${checksum}`,
    );
  }
};

export const saySuccess = (result: LoadResult): void => {
  sayTables(result);
  const left = [
    [result.rejected, "rejected"],
    [result.repeated, "repeated in the input"],
    [result.skipped, "passed over"],
  ] as const;
  for (const [number, what] of left) if (number > 0) say(`  ${count(number)} ${what}`);
  const { plan, load, verify, derived, total } = result.seconds;
  say(
    `${count(result.rows)} rows in ${duration(total * 1000)}, ${count(result.rowsPerSecond)} rows/s ` +
      `(read ${plan} s, inserted ${load} s, verified ${verify} s, derived tables ${derived} s)`,
  );
};

export const sayFailure = ({ state, problem }: LoadView): void => {
  say(`The load has ${state}: ${problem?.detail ?? "somebody ended it"}`);
  for (const reject of problem?.rejects ?? []) {
    const { file, line, field, reason } = reject;
    const where = [file, line === 0 ? "" : `line ${line}`, field].filter((part) => part !== "");
    say(`  ${where.join(", ")}: ${reason}`);
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
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
  say(`All rejected rows, with reasons: ${file}`);
};
