/** `tagenal load SOURCE…`: sends files, asks for their load, and follows it. */
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { type FormatName, formatNames } from "#shared/staged-names.ts";
import type { LoadableName } from "#shared/tables.ts";
import { findApi } from "./api.ts";
import { findInputs, type Inputs } from "./load-inputs.ts";
import { readCorrected } from "./load-rejects.ts";
import { type LoadOptions, mediaChoices, runLoad } from "./load-run.ts";
import { Remedy } from "./preflight.ts";
import { createProgressLine } from "./progress-line.ts";
import { count, say } from "./say.ts";
import { parseWholeNumber } from "./whole-number.ts";

interface LoadFlags extends LoadOptions {
  readonly url?: string;
  readonly table?: LoadableName;
  readonly format?: FormatName;
  /** A file of rejects, corrected. */
  readonly rejects?: string;
}

const tableNames: readonly LoadableName[] = ["users", "articles", "reads"];

/** Relative to where npm was called, not to the package. */
const toPath = (source: string): string =>
  source === "-" || /^https?:/i.test(source)
    ? source
    : resolve(process.env["INIT_CWD"] ?? process.cwd(), source);

/** What to load, and where what is rejected of it goes. */
interface Task {
  readonly inputs: Inputs;
  readonly rejects: string;
}

const openSources = async (sources: string[], flags: LoadFlags): Promise<Task> => {
  const { table, format } = flags;
  const told = { ...(table && { table }), ...(format && { format }) };
  if (sources.length === 0)
    throw new Remedy("What is to be loaded? Name folders, files, addresses, or - (or --rejects).");
  const inputs = await findInputs(sources.map(toPath), told);
  const [folder = toPath(".")] = inputs.folders;
  return { inputs, rejects: join(folder, "rejects.jsonl") };
};

/** The file with the corrected rows stays as it is: what is rejected again goes beside it. */
const openRejects = async (file: string): Promise<Task> => {
  const path = toPath(file);
  const { folder, rows, passedOver, dispose } = await readCorrected(path);
  say(`${count(rows)} corrected rows`);
  if (passedOver > 0) say(`  ${count(passedOver)} lines are about no row, and passed over`);
  const inputs = await findInputs([folder], {});
  const rejects = path.replace(/(\.jsonl)?$/, ".again.jsonl");
  return { inputs: { ...inputs, dispose }, rejects };
};

const load = async (sources: string[], flags: LoadFlags): Promise<void> => {
  const { url, table: _table, format: _format, rejects: corrected, ...options } = flags;
  const api = await findApi(url);
  const isCorrection = corrected !== undefined;
  const { inputs, rejects } = await (isCorrection
    ? openRejects(corrected)
    : openSources(sources, flags));
  const command = isCorrection ? `--rejects ${corrected}` : sources.join(" ");
  const onFollow = (id: string): void => {
    process.once("SIGINT", () => {
      const again = sources.includes("-") ? "" : ` To follow it again: tagenal load ${command}`;
      say(`\nThe load goes on.${again}   (operation ${id})`);
      say(`To end it: tagenal ops cancel ${id} --loaded keep, or remove`);
      void inputs.dispose().finally(() => process.exit(130));
    });
  };
  try {
    const line = createProgressLine();
    if (!(await runLoad(api, inputs, { options, line, rejects, onFollow }))) process.exitCode = 1;
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
    .argument("[source...]", "folders, files, http(s) addresses, or - for standard input")
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
      parseWholeNumber,
      0,
    )
    .addOption(
      new Option("--on-conflict <what>", "with a row whose key is there with other content")
        .choices(["fail", "skip", "update"])
        .default("fail"),
    )
    .addOption(
      new Option("--verify <whether>", "compare what is stored with the input at the end")
        .choices(["on", "off"])
        .default("on"),
    )
    .addOption(
      new Option("--pace <name>", "whether a load takes its time where somebody reads")
        .choices(["readers-first", "full"])
        .default("readers-first"),
    )
    .option("--rejects <file>", "load the rows of a file of rejects, once they are corrected in it")
    .option("--dry-run", "only say what would be loaded, where to, and about how long it takes")
    .addOption(
      new Option(
        "--media <what>",
        "files in articles/: all, and those that articles name must be there; those present; or none",
      )
        .choices(mediaChoices)
        .default("all"),
    )
    .option("--url <url>", "where Tagenal serves (default: TAGENAL_URL, or the local one)")
    .action(load);
};
