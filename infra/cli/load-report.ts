/** What the command line says of a load that has ended, or of one that is only asked about. */
import type { LoadView } from "./load-follow.ts";
import { count, duration, say, size } from "./say.ts";

interface Left {
  readonly rejected: number;
  readonly repeated: number;
  readonly skipped: number;
  readonly updated: number;
}

export interface LoadResult extends Left {
  readonly dryRun?: undefined;
  readonly tables: Readonly<
    Record<string, Readonly<Record<"rows" | "loaded" | "known", number>> & { checksum: string }>
  >;
  readonly rows: number;
  readonly verified: boolean;
  readonly seconds: Readonly<Record<"plan" | "load" | "verify" | "derived" | "total", number>>;
  readonly rowsPerSecond: number;
}

/** What a dry run finds. */
export interface Forecast extends Left {
  readonly dryRun: true;
  readonly tables: Readonly<
    Record<
      string,
      Readonly<Record<"rows" | "known", number>> & {
        readonly shards: Readonly<Record<string, number>>;
      }
    >
  >;
  readonly rows: number;
  readonly toLoad: number;
  readonly chunks: number;
  readonly bytes: number;
  readonly estimatedSeconds: number | null;
}

/** What became of a load that was cancelled. */
export interface Removal {
  readonly removed: number;
}

const sayTables = ({ tables }: LoadResult): void => {
  for (const [table, { rows, loaded, known, checksum }] of Object.entries(tables)) {
    const before = known === 0 ? "" : `, ${count(known)} were there before`;
    say(
      `  ${table.padEnd(8)} ${count(rows).padStart(10)} rows: ${count(loaded)} loaded${before}; checksum ${checksum}`,
    );
  }
};

const sayLeft = ({ rejected, repeated, skipped, updated }: Left): void => {
  const left = [
    [updated, "of them with other content than before"],
    [rejected, "rejected"],
    [repeated, "repeated in the input"],
    [skipped, "passed over"],
  ] as const;
  for (const [number, what] of left) if (number > 0) say(`  ${count(number)} ${what}`);
};

const sayForecast = (forecast: Forecast): void => {
  const { tables, rows, toLoad, chunks, bytes, estimatedSeconds } = forecast;
  for (const [table, { rows: all, known, shards }] of Object.entries(tables)) {
    const places = Object.entries(shards).map(([shard, number]) => `${shard} ${count(number)}`);
    const before = known === 0 ? "" : `, ${count(known)} are there already`;
    say(`  ${table.padEnd(8)} ${count(all).padStart(10)} rows: ${places.join(", ")}${before}`);
  }
  sayLeft(forecast);
  const time =
    estimatedSeconds === null
      ? "no load yet to estimate the time by"
      : `about ${duration(estimatedSeconds * 1000)}, as fast as the last load was`;
  say(
    `A dry run: nothing was loaded. ${count(toLoad)} of ${count(rows)} rows would be, ` +
      `${size(bytes)} in ${count(chunks)} chunks; ${time}.`,
  );
};

const sayLoaded = (result: LoadResult): void => {
  sayTables(result);
  sayLeft(result);
  const { plan, load, verify, derived, total } = result.seconds;
  const loaded = Object.values(result.tables).reduce((sum, table) => sum + table.loaded, 0);
  if (loaded === 0)
    say(`Nothing new: all ${count(result.rows)} rows were there before, with the same content.`);
  const checked = result.verified
    ? `verified ${verify} s, derived tables ${derived} s`
    : "not verified, as asked; the derived tables follow by themselves";
  say(
    `${count(result.rows)} rows in ${duration(total * 1000)}, ${count(result.rowsPerSecond)} rows/s ` +
      `(read ${plan} s, inserted ${load} s, ${checked})`,
  );
};

export const saySuccess = (result: LoadResult | Forecast | Removal): void => {
  if ("removed" in result)
    say(`The load was cancelled, and ${count(result.removed)} rows of it removed.`);
  else if (result.dryRun === true) sayForecast(result);
  else sayLoaded(result);
};

export const sayFailure = ({ state, problem }: LoadView): void => {
  say(`The load has ${state}: ${problem?.detail ?? "somebody ended it"}`);
  for (const reject of problem?.rejects ?? []) {
    const { file, line, field, reason } = reject;
    const where = [file, line === 0 ? "" : `line ${line}`, field].filter((part) => part !== "");
    say(`  ${where.join(", ")}: ${reason}`);
  }
};
