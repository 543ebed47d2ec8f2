/** Users and articles: their own value places them, and their key is unique over all shards. */
import { type Checksum, isEqual, rowChecksum } from "#shared/checksum.ts";
import type { DirectoryName } from "#shared/directory.ts";
import { createPlacer, placingField } from "#shared/placement.ts";
import { tables } from "#shared/tables.ts";
import { keyOfNumber } from "./key-table.ts";
import type { Candidate, Planning } from "./planner.ts";

interface Placed extends Candidate {
  readonly key: number;
  readonly home: bigint;
  readonly sum: Checksum;
}

const HOME = 0;
const KEY = 1;

/** What an id is made of where none is given: the same row then has the same id in any file. */
const idPrefix: Readonly<Record<DirectoryName, string>> = { users: "u", articles: "a" };

const place = (planning: Planning, name: DirectoryName, candidates: Candidate[]): Placed[] => {
  const field = placingField[name];
  const placer = createPlacer(planning.map, name);
  const { columns } = tables[name];
  const value = columns.findIndex((column) => column.field === field);
  const id = columns.findIndex((column) => column.field === "id");
  const placed: Placed[] = [];
  for (const { record, row } of candidates) {
    const key = Number(row[KEY]);
    const home = placer(String(row[value]), key);
    if (home === undefined) {
      planning.reject(record, field, `unknown ${field} ${JSON.stringify(row[value]).slice(0, 60)}`);
      continue;
    }
    row[HOME] = home.toString();
    if (row[id] === "") row[id] = `${idPrefix[name]}${key}`;
    placed.push({ record, row, key, home, sum: rowChecksum(row) });
  }
  return placed;
};

type Stored = "not" | "same" | "other";

/** How the database's row under the same key compares; a directory entry alone is no row. */
const compareStored = async (
  { stored }: Planning,
  name: DirectoryName,
  placed: readonly Placed[],
): Promise<{ homes: ReadonlyMap<number, bigint>; of: (row: Placed) => Stored }> => {
  const homes = await stored.homes(
    name,
    placed.map(({ key }) => key),
  );
  const sums = homes.size === 0 ? new Map() : await stored.sums(name, [...homes.values()]);
  const of = ({ key, sum }: Placed): Stored => {
    const known: Checksum | undefined = sums.get(key);
    if (known === undefined) return "not";
    return isEqual(known, sum) ? "same" : "other";
  };
  return { homes, of };
};

/** What becomes of a row whose key the database has with other content; undefined: it is loaded. */
const decideConflict = (
  { onConflict }: Planning,
  name: DirectoryName,
  { key, home }: Placed,
  storedHome: bigint | undefined,
): { readonly skip: true } | { readonly reason: string } | undefined => {
  if (onConflict === "skip") return { skip: true };
  const field = tables[name].key;
  if (onConflict === "fail")
    return { reason: `${field} ${key} is in the database with other content` };
  if (storedHome === home) return undefined;
  const other = placingField[name];
  return { reason: `${field} ${key} has another ${other} in the database; a load moves no rows` };
};

export const planOwners = async (
  planning: Planning,
  name: DirectoryName,
  candidates: Candidate[],
): Promise<void> => {
  const { counts, keys, known, reject, writer } = planning;
  const field = tables[name].key;
  const placed = place(planning, name, candidates);
  const { homes, of: storedAs } = await compareStored(planning, name, placed);
  const add = ({ row, home, sum }: Placed, stored: Stored): void => {
    if (stored === "same") known.add(name, home, sum);
    else writer.add({ table: name, home, row, sum });
    if (stored === "other") counts.updated += 1;
  };
  for (const candidate of placed) {
    const { record, key, home, sum } = candidate;
    const tableKey = keyOfNumber(key);
    const stored = storedAs(candidate);
    const conflict =
      stored === "other" ? decideConflict(planning, name, candidate, homes.get(key)) : undefined;
    if (conflict !== undefined) {
      // Reads of it belong to the row that is there.
      keys[name].learn(tableKey, homes.get(key));
      if ("skip" in conflict) counts.skipped += 1;
      else reject(record, field, conflict.reason);
      continue;
    }
    const claim = keys[name].claim(tableKey, sum, home);
    if (claim === "new") add(candidate, stored);
    else if (claim === "same") counts.repeated += 1;
    else reject(record, field, `${field} ${key} came before with other content`);
  }
};
