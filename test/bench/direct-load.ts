/**
 * What a load is compared with: the same rows, put straight into the MySQL of the shards'
 * primaries, in a database beside Vitess's own that the same replicas copy.
 *
 * 1. Plain INSERT … VALUES, of the rows that a load has in one statement, in the same order, users
 *    and articles with their directory entries, as many at a time as a load has chunks in flight.
 * 2. Then the rows of the derived tables, added up beforehand, likewise.
 * 3. The statements are written before the clock starts. What a load does besides (reading and
 *    checking the files, the ledger, events, deriving, verifying) is no part of this.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Connection } from "mysql2/promise";
import { type DirectoryEntry, insertRows, toEntries } from "#functions/load-chunk/insert-sql.ts";
import { createChunkWriter } from "#functions/plan-load/chunk-writer.ts";
import { createPlanner } from "#functions/plan-load/planner.ts";
import { readRecords } from "#functions/plan-load/read-records.ts";
import { rowFiles } from "#infra/sample/folder.ts";
import { type DirectoryName, directories } from "#shared/directory.ts";
import { MAX_IN_FLIGHT } from "#shared/load-request.ts";
import { FIRST_PLACEMENT } from "#shared/placement.ts";
import type { Row } from "#shared/row-parser.ts";
import { createShardMap } from "#shared/shards.ts";
import { toLiteral } from "#shared/sql.ts";
import { type LoadableName, tables } from "#shared/tables.ts";
import { connectTo, type Primary } from "./bench-cluster.ts";

const SCRATCH = "tagenal_bench";
const TABLES = [
  ...["user", "article", "user_read", "user_directory", "article_directory"],
  ...["article_read", "be_read"],
];
const ROWS_A_STATEMENT = 4_000;
const names: readonly LoadableName[] = ["users", "articles", "reads"];

interface Statement {
  readonly shard: string;
  readonly sql: string;
}

/** The statements of one chunk: the directory's first, then the rows'. */
export interface DirectChunk {
  readonly directory: readonly Statement[];
  readonly rows: Statement;
}

const insertPlainly = (name: DirectoryName, entries: readonly DirectoryEntry[]): string => {
  const { table, key } = directories[name];
  const values = entries.map((entry) => `(${entry.slot},${entry.key},${entry.home})`);
  return `INSERT INTO ${table} (slot, ${key}, home) VALUES ${values.join(",")}`;
};

type Shards = ReturnType<typeof createShardMap>;

const toDirectory = (shards: Shards, table: LoadableName, rows: readonly Row[]): Statement[] => {
  if (table === "reads") return [];
  const entries = toEntries(rows);
  return shards.names.flatMap((shard) => {
    const own = entries.filter((entry) => shards.ownerOf(entry.slot) === shard);
    return own.length === 0 ? [] : [{ shard, sql: insertPlainly(table, own) }];
  });
};

const columnOf = (field: string): number =>
  tables.reads.columns.findIndex((column) => column.field === field);
const HOME = columnOf("home");
const AID = columnOf("aid");
const ARTICLE_HOME = columnOf("articleHome");
const FLAGS = ["readOrNot", "commentOrNot", "agreeOrNot", "shareOrNot"].map(columnOf);
const FLAGS_OF_READ = ["readOrNot", "agreeOrNot", "commentOrNot", "shareOrNot"].map(columnOf);

const toArticleRead = (row: Row): string => {
  const flags = FLAGS_OF_READ.map((index) => row[index]);
  const [id, timestamp, uid, aid] = ["id", "timestamp", "uid", "aid"].map(
    (field) => row[columnOf(field)],
  );
  return `(${row[ARTICLE_HOME]},${row[HOME]},${toLiteral(String(id))},${[timestamp, uid, aid, ...flags]},1)`;
};

const toBeReads = (reads: readonly Row[]): string[] => {
  const sums = new Map<string, number[]>();
  for (const row of reads) {
    const key = `${row[ARTICLE_HOME]},${row[AID]}`;
    const sum = sums.get(key) ?? FLAGS.map(() => 0);
    sums.set(
      key,
      sum.map((count, index) => count + Number(row[FLAGS[index] ?? 0])),
    );
  }
  return [...sums].map(([key, sum]) => `(${key},${sum})`);
};

const sliced = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/** What the reads make of article_read and be_read, ready to be inserted. */
const toDerived = (shards: Shards, reads: readonly Row[]): DirectChunk[] =>
  shards.names.flatMap((shard) => {
    const own = reads.filter((row) => shards.ownerOf(BigInt(row[ARTICLE_HOME] ?? 0)) === shard);
    const statements = [
      ...sliced(own.map(toArticleRead), ROWS_A_STATEMENT).map(
        (values) => `INSERT INTO article_read VALUES ${values.join(",")}`,
      ),
      ...sliced(toBeReads(own), ROWS_A_STATEMENT).map(
        (values) => `INSERT INTO be_read VALUES ${values.join(",")}`,
      ),
    ];
    return statements.map((sql) => ({ directory: [], rows: { shard, sql } }));
  });

export interface DirectLoad {
  readonly loaded: readonly DirectChunk[];
  readonly derived: readonly DirectChunk[];
}

/** Cuts the files of a sample into the chunks that a load would make of them. */
export const toDirectLoad = async (
  dir: string,
  primaries: readonly Primary[],
): Promise<DirectLoad> => {
  const shards = createShardMap(primaries.map(({ shard }) => shard));
  const bodies = new Map<string, Buffer>();
  const writer = createChunkWriter({
    put: async (key, body) => void bodies.set(key, body),
    keyOf: String,
    shards,
  });
  const planner = createPlanner({
    map: FIRST_PLACEMENT,
    stored: {
      homes: async () => new Map(),
      sums: async () => new Map(),
      readSums: async () => new Map(),
    },
    writer,
    rejects: {
      add: ({ reason }) => {
        throw new Error(`the sample has a bad row: ${reason}`);
      },
    },
    known: { add: () => {} },
    onConflict: "fail",
  });
  for (const table of names) {
    const name = rowFiles[table];
    for await (const records of readRecords(createReadStream(join(dir, name)), name))
      await planner.plan(table, { name, sha256: "0".repeat(64) }, records);
    await writer.endTable();
  }
  const reads: Row[] = [];
  const loaded = writer.chunks.map(({ number, table, shard }) => {
    const rows = JSON.parse(String(bodies.get(String(number)))) as Row[];
    if (table === "reads") reads.push(...rows);
    return {
      directory: toDirectory(shards, table, rows),
      rows: { shard, sql: insertRows(table, rows, 1) },
    };
  });
  return { loaded, derived: toDerived(shards, reads) };
};

const prepareScratch = async (primary: Primary): Promise<void> => {
  const admin = await connectTo(primary, "mysql");
  await admin.query(`DROP DATABASE IF EXISTS ${SCRATCH}`);
  await admin.query(`CREATE DATABASE ${SCRATCH}`);
  for (const table of TABLES)
    await admin.query(`CREATE TABLE ${SCRATCH}.${table} LIKE vt_tagenal.${table}`);
  await admin.end();
};

const dropScratch = async (primary: Primary): Promise<void> => {
  const admin = await connectTo(primary, "mysql");
  await admin.query(`DROP DATABASE IF EXISTS ${SCRATCH}`);
  await admin.end();
};

type Lane = ReadonlyMap<string, Connection>;

const openLane = async (primaries: readonly Primary[]): Promise<Lane> =>
  new Map(
    await Promise.all(
      primaries.map(async (primary) => [primary.shard, await connectTo(primary, SCRATCH)] as const),
    ),
  );

const run = async (lane: Lane, { shard, sql }: Statement): Promise<void> => {
  await lane.get(shard)?.query(sql);
};

const work = async (lane: Lane, chunks: Iterator<DirectChunk>): Promise<void> => {
  for (let turn = chunks.next(); turn.done !== true; turn = chunks.next()) {
    await Promise.all(turn.value.directory.map((statement) => run(lane, statement)));
    await run(lane, turn.value.rows);
  }
};

/** In seconds. */
export interface DirectSeconds {
  readonly loaded: number;
  /** Those and the derived rows. */
  readonly all: number;
}

const insertAll = async (
  lanes: readonly Lane[],
  chunks: readonly DirectChunk[],
): Promise<number> => {
  const start = performance.now();
  const queue = chunks.values();
  await Promise.all(lanes.map((lane) => work(lane, queue)));
  return (performance.now() - start) / 1_000;
};

export const loadDirectly = async (
  primaries: readonly Primary[],
  { loaded, derived }: DirectLoad,
): Promise<DirectSeconds> => {
  await Promise.all(primaries.map(prepareScratch));
  const lanes = await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, () => openLane(primaries)));
  const seconds = await insertAll(lanes, loaded);
  const all = seconds + (await insertAll(lanes, derived));
  for (const lane of lanes) for (const connection of lane.values()) await connection.end();
  await Promise.all(primaries.map(dropScratch));
  return { loaded: seconds, all };
};
