/** Reads: each takes its home from its user, and remembers the home of its article. */
import { rowChecksum } from "#shared/checksum.ts";
import type { DirectoryName } from "#shared/directory.ts";
import { tables } from "#shared/tables.ts";
import { keyOfNumber, keyOfText } from "./key-table.ts";
import type { Candidate, InputFile, Planning } from "./planner.ts";

const columnOf = (field: string): number =>
  tables.reads.columns.findIndex((column) => column.field === field);

const HOME = columnOf("home");
const ID = columnOf("id");
const UID = columnOf("uid");
const AID = columnOf("aid");
const ARTICLE_HOME = columnOf("articleHome");

/** Asks the directory, once, for the keys that the input itself did not bring. */
const learnMissing = async (
  { keys, stored }: Planning,
  name: DirectoryName,
  wanted: readonly number[],
): Promise<void> => {
  const missing = [...new Set(wanted)].filter(
    (key) => keys[name].homeOf(keyOfNumber(key)) === undefined,
  );
  const homes = await stored.homes(name, missing);
  for (const key of missing) keys[name].learn(keyOfNumber(key), homes.get(key));
};

/**
 * The id of a read that brings none, fixed by where it stands: the same file read again gives the
 * same ids.
 */
const toReadId = ({ sha256 }: InputFile, line: number): string => `${sha256.slice(0, 20)}-${line}`;

export const planReads = async (
  planning: Planning,
  file: InputFile,
  candidates: readonly Candidate[],
): Promise<void> => {
  const { counts, keys, reject, writer } = planning;
  const all = (column: number): number[] => candidates.map(({ row }) => Number(row[column]));
  await learnMissing(planning, "users", all(UID));
  await learnMissing(planning, "articles", all(AID));
  for (const { record, row } of candidates) {
    const home = keys.users.homeOf(keyOfNumber(Number(row[UID])));
    const articleHome = keys.articles.homeOf(keyOfNumber(Number(row[AID])));
    if (home == null) {
      reject(record, "uid", `unknown user ${row[UID]}`);
      continue;
    }
    if (articleHome == null) {
      reject(record, "aid", `unknown article ${row[AID]}`);
      continue;
    }
    row[HOME] = home.toString();
    row[ARTICLE_HOME] = articleHome.toString();
    if (row[ID] === "") row[ID] = toReadId(file, record.line);
    const sum = rowChecksum(row);
    const claim = keys.reads.claim(keyOfText(String(row[ID])), sum, home);
    if (claim === "new") writer.add("reads", home, row, sum);
    else if (claim === "same") counts.repeated += 1;
    else reject(record, "id", `id ${row[ID]} came before with other content`);
  }
};
