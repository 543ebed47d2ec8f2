/**
 * Rows of the input that the database has with the same content: nothing is to be done about them
 * but to count them. They stand in the ledger as parts that are done.
 */
import { type Checksum, EMPTY, xor } from "#shared/checksum.ts";
import type { PlannedChunk } from "#shared/load-ledger.ts";
import type { ShardMap } from "#shared/shards.ts";
import type { LoadableName } from "#shared/tables.ts";

export interface KnownRows {
  add(table: LoadableName, home: bigint, sum: Checksum): void;
  /** One a table and shard, numbered behind those that are to be loaded. */
  toParts(chunks: number): PlannedChunk[];
}

interface Part {
  readonly table: LoadableName;
  readonly shard: string;
  rows: number;
  sum: Checksum;
}

export const createKnownRows = (shards: Pick<ShardMap, "ownerOf">): KnownRows => {
  const parts = new Map<string, Part>();
  return {
    add: (table, home, sum) => {
      const shard = shards.ownerOf(home);
      const key = `${table} ${shard}`;
      const part = parts.get(key) ?? { table, shard, rows: 0, sum: EMPTY };
      part.rows += 1;
      part.sum = xor(part.sum, sum);
      parts.set(key, part);
    },
    toParts: (chunks) =>
      [...parts.values()].map((part, index) => ({
        number: chunks + index + 1,
        ...part,
        object: "",
        sha256: "",
        isKnown: true,
      })),
  };
};
