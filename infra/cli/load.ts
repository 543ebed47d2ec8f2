/** `tagenal load SOURCE…`: sends files, asks for their load, and follows it. */
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { LoadableName } from "#shared/tables.ts";
import { type Api, findApi, patiently } from "./api.ts";
import {
  follow,
  hasEnded,
  keepRejects,
  type LoadView,
  sayFailure,
  saySuccess,
} from "./load-follow.ts";
import { type FormatName, findInputs, formatNames, type Inputs } from "./load-inputs.ts";
import { prepareStaging, type Staging, sendFiles } from "./load-staging.ts";
import { createProgressLine, type ProgressLine } from "./progress-line.ts";
import { say } from "./say.ts";

/** How to load, whatever it is. */
interface LoadOptions {
  readonly maxErrors: number;
  readonly onConflict: string;
}

interface LoadFlags extends LoadOptions {
  readonly url?: string;
  readonly table?: LoadableName;
  readonly format?: FormatName;
}

const tableNames: readonly LoadableName[] = ["users", "articles", "reads"];

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
  { maxErrors, onConflict }: LoadOptions,
  line: ProgressLine,
): Promise<string> => {
  const { source } = staging;
  await sendFiles(api, staging, (done, total) =>
    line.show(total === 0 ? 1 : done / total, `sending ${size(done)} of ${size(total)}`),
  );
  line.end();
  const request = { kind: "load", source, maxErrors, onConflict };
  const view = await patiently(() => api.post<LoadView>("/v1/operations", request));
  return view.id;
};

interface Loading {
  readonly options: LoadOptions;
  readonly line: ProgressLine;
  /** Where the rejected rows go. */
  readonly rejects: string;
  /** Told once there is an operation that goes on without this program. */
  readonly onFollow?: (id: string) => void;
}

/** True when all of it is loaded. */
const loadInputs = async (
  api: Api,
  { files }: Inputs,
  { options, line, rejects, onFollow }: Loading,
): Promise<boolean> => {
  const staging = await prepareStaging(files, (done, total) =>
    line.show(done / total, `checking ${size(done)} of ${size(total)}`),
  );
  const running = await findRunning(api, staging.source);
  line.end();
  if (running !== undefined) say(`Following the load of these files that is under way.`);
  const id = running?.id ?? (await begin(api, staging, options, line));
  onFollow?.(id);
  const view = await follow(api, id, line);
  line.end();
  if (view.result !== null) saySuccess(view.result);
  else sayFailure(view);
  await keepRejects(view, rejects);
  return view.state === "succeeded";
};

/** Loads a folder, as `tagenal up` does with the sample. */
export const loadDirectory = async (
  api: Api,
  dir: string,
  options: LoadOptions,
  line: ProgressLine,
): Promise<boolean> => {
  const inputs = await findInputs([dir], {});
  return loadInputs(api, inputs, { options, line, rejects: join(dir, "rejects.jsonl") });
};

/** Relative to where npm was called, not to the package. */
const toPath = (source: string): string =>
  source === "-" || /^https?:/i.test(source)
    ? source
    : resolve(process.env["INIT_CWD"] ?? process.cwd(), source);

const load = async (sources: string[], { url, table, format, ...options }: LoadFlags) => {
  const api = await findApi(url);
  const told = { ...(table && { table }), ...(format && { format }) };
  const inputs = await findInputs(sources.map(toPath), told);
  const onFollow = (id: string): void => {
    process.once("SIGINT", () => {
      const again = sources.includes("-")
        ? ""
        : ` To follow it again: tagenal load ${sources.join(" ")}`;
      say(`\nThe load goes on.${again}   (operation ${id})`);
      void inputs.dispose().finally(() => process.exit(130));
    });
  };
  const [folder = toPath(".")] = inputs.folders;
  const rejects = join(folder, "rejects.jsonl");
  const line = createProgressLine();
  try {
    if (await loadInputs(api, inputs, { options, line, rejects, onFollow })) return;
    process.exitCode = 1;
  } finally {
    await inputs.dispose();
  }
};

export const registerLoad = (program: Command): void => {
  program
    .command("load")
    .description(
      "load users, articles and reads: JSON lines, CSV or SQL dumps, plain, gzip or zstd",
    )
    .argument("<source...>", "folders, files, http(s) addresses, or - for standard input")
    .addOption(
      new Option("--table <name>", "what a file is for whose name does not tell").choices(
        tableNames,
      ),
    )
    .addOption(
      new Option("--format <name>", "how it is written, where its name does not tell").choices(
        formatNames,
      ),
    )
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
