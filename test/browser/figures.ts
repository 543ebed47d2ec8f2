/**
 * Keeps what the tests of the pages have measured, in results.json, with when and where: times are
 * for people to judge, since a machine may have other work.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeRun } from "../bench/describe-run.ts";

const file = join(import.meta.dirname, "results.json");

export const keepFigures = async (name: string, figures: object): Promise<void> => {
  const before = JSON.parse(await readFile(file, "utf8").catch(() => "{}")) as object;
  const { date, commit, hasLocalChanges, machine } = describeRun();
  const run = { date: date.slice(0, 10), commit: commit.slice(0, 8), hasLocalChanges, machine };
  const after = Object.entries({ ...before, [name]: { ...figures, run } });
  after.sort(([one], [other]) => (one < other ? -1 : 1));
  await writeFile(file, `${JSON.stringify(Object.fromEntries(after), null, 2)}\n`);
};
