/**
 * Groups rows by table and shard, and reads by their articles' shard too, into numbered chunk
 * objects: a JSON array of rows, each an array with one cell a column, which MySQL takes apart by
 * itself. The same rows in the same order give the same objects, so that a plan made twice
 * overwrites its own.
 *
 * A chunk's rows lie near each other, in one slice of the key space, as long as there are enough
 * rows for that: a chunk that goes all over a table which is larger than the servers' memory has
 * nearly every page of it read and written anew. For the same reason chunks are numbered slice by
 * slice, in all shards side by side: lanes go by the numbers, so what is written at a time lies in few
 * pages.
 */
import { hash } from "node:crypto";
import { type Checksum, EMPTY, xor } from "#shared/checksum.ts";
import type { PlannedChunk } from "#shared/load-ledger.ts";
import type { Row } from "#shared/row-parser.ts";
import type { ShardMap } from "#shared/shards.ts";
import type { LoadableName } from "#shared/tables.ts";

export interface PlannedRow {
  readonly table: LoadableName;
  readonly home: bigint;
  /** Of a read: a chunk's reads are of articles of one shard. */
  readonly articleHome?: bigint | undefined;
  readonly row: Row;
  readonly sum: Checksum;
}

export interface ChunkWriter {
  add(planned: PlannedRow): void;
  /** Waits until few enough objects are on their way; to be called between batches. */
  drain(): Promise<void>;
  /** Ends the chunks of a table, full or not. */
  endTable(): Promise<void>;
  /** From now on rows are only counted: the load will not happen. */
  stopWriting(): void;
  readonly chunks: readonly PlannedChunk[];
}

export interface ChunkWriterDeps {
  readonly put: (key: string, body: Buffer) => Promise<void>;
  readonly keyOf: (number: number) => string;
  readonly shards: ShardMap;
}

/** Fewer than vtgate answers in one result, so that a chunk can be compared with what is stored. */
const MAX_ROWS = 4_000;
/** Vitess takes 16 MiB in a message; a chunk in UTF-8, with its quotes escaped, stays far below. */
const MAX_CHARACTERS = 1_000_000;
/** Of all chunks that are open at once: there may be one for every slice and shard. */
const MAX_OPEN_CHARACTERS = 64_000_000;
const MAX_UNDER_WAY = 4;
/** Of the whole key space; a power of two. */
const SLICES = 32;
const SLICE_BITS = 64n - BigInt(Math.log2(SLICES));

interface OpenChunk {
  readonly slice: number;
  readonly table: LoadableName;
  readonly shard: string;
  readonly articleShard: string | undefined;
  lines: string[];
  characters: number;
  sum: Checksum;
}

interface ClosedChunk {
  readonly slice: number;
  readonly chunk: Omit<PlannedChunk, "number">;
}

/**
 * Each shard's slices in their order, the first of every shard, then the second: all have work. By
 * their rank, since a region may fill any part of its shard.
 */
const inTurns = (closed: readonly ClosedChunk[]): Omit<PlannedChunk, "number">[] => {
  const slices = Map.groupBy(closed, ({ chunk }) => chunk.shard);
  const turns = new Map<ClosedChunk, number>();
  for (const ofShard of slices.values()) {
    const order = [...new Set(ofShard.map(({ slice }) => slice))].sort((one, other) => one - other);
    for (const one of ofShard) turns.set(one, order.indexOf(one.slice));
  }
  return closed
    .toSorted((one, other) => (turns.get(one) ?? 0) - (turns.get(other) ?? 0))
    .map(({ chunk }) => chunk);
};

export const createChunkWriter = ({ put, keyOf, shards }: ChunkWriterDeps): ChunkWriter => {
  const chunks: PlannedChunk[] = [];
  /** Of the table that is being written. */
  let closed: ClosedChunk[] = [];
  const open = new Map<number, OpenChunk>();
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  let isWriting = true;

  const send = (key: string, body: Buffer): void => {
    const sending = put(key, body)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  };
  const count = shards.names.length;
  const mostOpen = (count + SLICES) * count;
  const maxCharacters = Math.min(MAX_CHARACTERS, MAX_OPEN_CHARACTERS / mostOpen);
  const close = ({ slice, table, shard, articleShard, lines, sum }: OpenChunk): void => {
    const body = Buffer.from(`[${lines.join(",\n")}]\n`);
    const object = keyOf(chunks.length + closed.length + 1);
    const sha256 = hash("sha256", body);
    const articles = articleShard === undefined ? {} : { articleShard };
    closed.push({
      slice,
      chunk: { table, shard, object, sha256, rows: lines.length, sum, ...articles },
    });
    send(object, body);
  };
  const drainTo = async (count: number): Promise<void> => {
    while (underWay.size > count) await Promise.race(underWay);
    if (failure !== undefined) throw failure;
  };
  /** Where a chunk stands among the open ones: by its shard, by its articles' one, by its slice. */
  const indexOf = ({ home, articleHome }: PlannedRow): number => {
    const articles = articleHome === undefined ? 0 : shards.indexOf(articleHome);
    return (shards.indexOf(home) * count + articles) * SLICES + Number(home >> SLICE_BITS);
  };
  const openFor = ({ table, home, articleHome }: PlannedRow, index: number): OpenChunk => {
    const known = open.get(index);
    if (known !== undefined) return known;
    const shard = shards.ownerOf(home);
    const articleShard = articleHome === undefined ? undefined : shards.ownerOf(articleHome);
    const slice = index % SLICES;
    const chunk = { slice, table, shard, articleShard, lines: [], characters: 0, sum: EMPTY };
    open.set(index, chunk);
    return chunk;
  };
  const doFit = (one: OpenChunk, other: OpenChunk): boolean =>
    one.shard === other.shard &&
    one.articleShard === other.articleShard &&
    one.lines.length + other.lines.length <= MAX_ROWS &&
    one.characters + other.characters <= maxCharacters;
  /** What is left of neighbouring slices goes together: small chunks cost more than wide ones. */
  const joinOpen = (): OpenChunk[] => {
    const joined: OpenChunk[] = [];
    for (const [, chunk] of [...open].sort(([one], [other]) => one - other)) {
      const last = joined.at(-1);
      if (last === undefined || !doFit(last, chunk)) {
        joined.push(chunk);
        continue;
      }
      last.lines.push(...chunk.lines);
      last.characters += chunk.characters;
      last.sum = xor(last.sum, chunk.sum);
    }
    return joined;
  };
  return {
    chunks,
    add: (planned) => {
      if (!isWriting) return;
      const index = indexOf(planned);
      const chunk = openFor(planned, index);
      const line = JSON.stringify(planned.row);
      chunk.lines.push(line);
      chunk.characters += line.length;
      chunk.sum = xor(chunk.sum, planned.sum);
      if (chunk.lines.length < MAX_ROWS && chunk.characters < maxCharacters) return;
      close(chunk);
      open.delete(index);
    },
    drain: () => drainTo(MAX_UNDER_WAY),
    endTable: async () => {
      for (const chunk of joinOpen()) close(chunk);
      open.clear();
      for (const chunk of inTurns(closed)) chunks.push({ number: chunks.length + 1, ...chunk });
      closed = [];
      await drainTo(0);
    },
    stopWriting: () => {
      isWriting = false;
      open.clear();
    },
  };
};
