/** Reads: each takes its home from its user, and remembers the home of its article. */
import { type Checksum, isEqual, rowChecksum } from "#shared/checksum.ts";
import type { DirectoryName } from "#shared/directory.ts";
import { tables } from "#shared/tables.ts";
import type { FileRecord } from "./file-record.ts";
import { keyOfNumber, keyOfText } from "./key-table.ts";
import type { Candidate, InputFile, Planning } from "./planner.ts";

interface Placed extends Candidate {
  readonly home: bigint;
  readonly articleHome: bigint;
  readonly id: string;
  readonly sum: Checksum;
}

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
export const toReadId = ({ sha256 }: InputFile, { number, line }: FileRecord): string =>
  `${sha256.slice(0, 20)}-${number ?? line}`;

/** Fills in homes and ids; reads whose user or article is not known are rejected. */
const place = (
  { keys, reject }: Planning,
  file: InputFile,
  candidates: readonly Candidate[],
): Placed[] => {
  const placed: Placed[] = [];
  for (const { record, row } of candidates) {
    const home = keys.users.homeOf(keyOfNumber(Number(row[UID])));
    const articleHome = keys.articles.homeOf(keyOfNumber(Number(row[AID])));
    if (home == null) {
      reject(record, "uid", `unknown user ${row[UID]}`);
    } else if (articleHome == null) {
      reject(record, "aid", `unknown article ${row[AID]}`);
    } else {
      row[HOME] = home.toString();
      row[ARTICLE_HOME] = articleHome.toString();
      if (row[ID] === "") row[ID] = toReadId(file, record);
      placed.push({ record, row, home, articleHome, id: String(row[ID]), sum: rowChecksum(row) });
    }
  }
  return placed;
};

/** How the database's row under the same key compares. */
const compareStored = (known: Checksum | undefined, { sum }: Placed): "not" | "same" | "other" => {
  if (known === undefined) return "not";
  return isEqual(known, sum) ? "same" : "other";
};

export const planReads = async (
  planning: Planning,
  file: InputFile,
  candidates: readonly Candidate[],
): Promise<void> => {
  const { counts, keys, known, reject, onConflict, stored, writer } = planning;
  const all = (column: number): number[] => candidates.map(({ row }) => Number(row[column]));
  await learnMissing(planning, "users", all(UID));
  await learnMissing(planning, "articles", all(AID));
  const placed = place(planning, file, candidates);
  const sums = await stored.readSums(placed.map(({ home, id }) => ({ home: home.toString(), id })));
  const add = (
    { row, home, articleHome, sum }: Placed,
    storedAs: "not" | "same" | "other",
  ): void => {
    if (storedAs === "same") known.add("reads", home, sum);
    else writer.add({ table: "reads", home, articleHome, row, sum });
    if (storedAs === "other") counts.updated += 1;
  };
  for (const candidate of placed) {
    const { record, home, id, sum } = candidate;
    const storedAs = compareStored(sums.get(id), candidate);
    if (storedAs === "other" && onConflict !== "update") {
      if (onConflict === "skip") counts.skipped += 1;
      else reject(record, "id", `id ${id} is in the database with other content`);
      continue;
    }
    const claim = keys.reads.claim(keyOfText(id), sum, home);
    if (claim === "new") add(candidate, storedAs);
    else if (claim === "same") counts.repeated += 1;
    else reject(record, "id", `id ${id} came before with other content`);
  }
};
