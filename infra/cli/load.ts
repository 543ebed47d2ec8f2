/** `tagenal load DIR`: sends a folder's files, asks for their load, and follows it. */
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type Api, findApi, patiently } from "./api.ts";
import {
  follow,
  hasEnded,
  keepRejects,
  type LoadView,
  sayFailure,
  saySuccess,
} from "./load-follow.ts";
import { prepareStaging, type Staging, sendFiles } from "./load-staging.ts";
import { createProgressLine, type ProgressLine } from "./progress-line.ts";
import { say } from "./say.ts";

interface LoadFlags {
  readonly url?: string;
  readonly maxErrors: number;
  readonly onConflict: string;
}

const parseCount = (raw: string): number => {
  if (!/^\d{1,9}$/.test(raw)) throw new InvalidArgumentError("Not a whole number.");
  return Number(raw);
};

const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** A load of the same files that has not ended: to be followed rather than begun again. */
const findRunning = async (api: Api, source: string): Promise<LoadView | undefined> => {
  const { items } = await api.get<{ items: LoadView[] }>("/v1/operations?kind=load&limit=100");
  return items.find((view) => view.request.source === source && !hasEnded(view));
};

const begin = async (
  api: Api,
  staging: Staging,
  flags: Omit<LoadFlags, "url">,
  line: ProgressLine,
): Promise<string> => {
  const { source } = staging;
  await sendFiles(api, staging, (done, total) =>
    line.show(total === 0 ? 1 : done / total, `sending ${size(done)} of ${size(total)}`),
  );
  line.end();
  const { maxErrors, onConflict } = flags;
  const request = { kind: "load", source, maxErrors, onConflict };
  const view = await patiently(() => api.post<LoadView>("/v1/operations", request));
  return view.id;
};

/**
 * Loads a folder; true when all of it is loaded. Used by `tagenal up`, too. `onFollow` is told once
 * there is an operation that goes on without this program.
 */
export const loadDirectory = async (
  api: Api,
  dir: string,
  flags: Omit<LoadFlags, "url">,
  line: ProgressLine,
  onFollow: (id: string) => void = () => {},
): Promise<boolean> => {
  const staging = await prepareStaging(dir, (done, total) =>
    line.show(done / total, `checking ${size(done)} of ${size(total)}`),
  );
  const running = await findRunning(api, staging.source);
  line.end();
  if (running !== undefined) say(`Following the load of these files that is under way.`);
  const id = running?.id ?? (await begin(api, staging, flags, line));
  onFollow(id);
  const view = await follow(api, id, line);
  line.end();
  if (view.result !== null) saySuccess(view.result);
  else sayFailure(view);
  await keepRejects(view, join(dir, "rejects.jsonl"));
  return view.state === "succeeded";
};

const load = async (dir: string, { url, ...flags }: LoadFlags): Promise<void> => {
  const api = await findApi(url);
  const folder = resolve(process.env["INIT_CWD"] ?? process.cwd(), dir);
  const onFollow = (id: string): void => {
    process.once("SIGINT", () => {
      say(`\nThe load goes on. To follow it again: tagenal load ${dir}   (operation ${id})`);
      process.exit(130);
    });
  };
  const isLoaded = await loadDirectory(api, folder, flags, createProgressLine(), onFollow);
  if (!isLoaded) process.exitCode = 1;
};

export const registerLoad = (program: Command): void => {
  program
    .command("load")
    .description(
      "load a folder's files: user, article and read as .dat, .jsonl or .csv, .gz or .zst",
    )
    .argument("<dir>", "the folder")
    .option(
      "--max-errors <number>",
      "rows that may be rejected; one more, and nothing is loaded",
      parseCount,
      0,
    )
    .option(
      "--on-conflict <what>",
      "fail, or skip a row whose key is there with other content",
      "fail",
    )
    .option("--url <url>", "where Tagenal serves (default: TAGENAL_URL, or the local one)")
    .action(load);
};
