/** `tagenal load SOURCE…`: sends files, asks for their load, and follows it. */
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { LoadableName } from "#shared/tables.ts";
import { findApi } from "./api.ts";
import { type FormatName, findInputs, formatNames } from "./load-inputs.ts";
import { type LoadOptions, mediaChoices, runLoad } from "./load-run.ts";
import { createProgressLine } from "./progress-line.ts";
import { say } from "./say.ts";

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
    if (await runLoad(api, inputs, { options, line, rejects, onFollow })) return;
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
