/** `tagenal generate DIR`: make a data set to load, with texts, pictures and clips. */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  checkNumber,
  defaults,
  type MediaMode,
  mediaModes,
  type NumberOption,
  SampleError,
  type SampleProgress,
} from "#infra/sample/options.ts";
import { Remedy } from "./preflight.ts";
import { count, duration, say } from "./say.ts";

interface GenerateFlags {
  readonly users: number;
  readonly articles: number;
  readonly reads: number;
  readonly seed: number;
  readonly media: MediaMode;
  readonly force?: true;
}

const numberOption = (name: NumberOption, description: string): Option =>
  new Option(`--${name} <number>`, description)
    .default(defaults[name])
    .argParser((raw: string): number => {
      try {
        checkNumber(name, /^\d+$/.test(raw) ? Number(raw) : Number.NaN);
        return Number(raw);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new InvalidArgumentError(reason.replace(/ not NaN$/, ` not ${raw}`));
      }
    });

/** One line that moves on a terminal, one line a finished file elsewhere. */
const showProgress = ({ file, done, total }: SampleProgress): void => {
  const unit = file === "articles" ? "articles with their files" : "rows";
  const line = `${file}: ${count(done)} of ${count(total)} ${unit}`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === total ? "\n" : ""}`);
  else if (done === total) say(line);
};

const generate = async (dir: string, flags: GenerateFlags): Promise<void> => {
  // Loaded when asked for: the other commands start faster without it.
  const { generateSample } = await import("#infra/sample/generate-sample.ts");
  try {
    const summary = await generateSample({ ...flags, dir, onProgress: showProgress });
    const { texts, images, videos } = summary.media;
    const megabytes = Math.round((summary.bytes + summary.media.bytes) / 1e6);
    say(
      `${count(texts)} texts, ${count(images)} images, ${count(videos)} clips; ` +
        `${count(megabytes)} MB in ${duration(summary.milliseconds)}: ${dir}`,
    );
  } catch (error) {
    if (!(error instanceof SampleError)) throw error;
    throw new Remedy(error.message, { cause: error });
  }
};

export const registerGenerate = (program: Command): void => {
  program
    .command("generate")
    .description("a data set to load: user.dat, article.dat, read.dat and the articles' files")
    .argument("<dir>", "an empty or new folder")
    .addOption(numberOption("users", "rows in user.dat"))
    .addOption(numberOption("articles", "rows in article.dat"))
    .addOption(numberOption("reads", "rows in read.dat"))
    .addOption(numberOption("seed", "the same seed gives the same data"))
    .addOption(
      new Option(
        "--media <mode>",
        "the articles' files: none, all, or those of the first 50 articles (sample)",
      )
        .choices(mediaModes)
        .default("all"),
    )
    .option("--force", "replace the sample in <dir>; other files there stay")
    .action(generate);
};
