/** Small inputs and a planning of them without object store or database. */
import { hash } from "node:crypto";
import { Readable } from "node:stream";
import { createChunkWriter } from "#functions/plan-load/chunk-writer.ts";
import { createKnownRows } from "#functions/plan-load/known-rows.ts";
import type { MediaIndex } from "#functions/plan-load/media-index.ts";
import { createPlanner, type Planner } from "#functions/plan-load/planner.ts";
import { readRecords } from "#functions/plan-load/read-records.ts";
import { createRejects, type Reject } from "#functions/plan-load/rejects.ts";
import type { StoredRows } from "#functions/plan-load/stored-rows.ts";
import type { PlannedChunk } from "#shared/load-ledger.ts";
import type { OnConflict } from "#shared/load-request.ts";
import { FIRST_PLACEMENT } from "#shared/placement.ts";
import { createShardMap } from "#shared/shards.ts";
import { tableOfFile } from "#shared/staged-names.ts";

export const user = (uid: number, fields: object = {}) => ({
  timestamp: "1410120000",
  id: `u${uid}`,
  uid: String(uid),
  name: `user${uid}`,
  gender: "male",
  email: `email${uid}`,
  phone: `phone${uid}`,
  dept: "dept1",
  grade: "grade4",
  language: "en",
  region: uid % 2 === 0 ? "Beijing" : "Hong Kong",
  role: "role2",
  preferTags: "tags5",
  obtainedCredits: "9",
  ...fields,
});

export const article = (aid: number, fields: object = {}) => ({
  timestamp: "1415120000",
  id: `a${aid}`,
  aid: String(aid),
  title: `title${aid}`,
  category: aid % 2 === 0 ? "science" : "technology",
  abstract: `abstract of article ${aid}`,
  articleTags: "tags5",
  authors: "author1",
  language: "en",
  text: `text_a${aid}.txt`,
  image: "",
  video: "",
  ...fields,
});

export const read = (id: number, uid: number, aid: number, fields: object = {}) => ({
  timestamp: "1430002000",
  id: `r${id}`,
  uid: String(uid),
  aid: String(aid),
  readTimeLength: "33",
  readSequence: "2",
  readOrNot: "1",
  agreeOrNot: "0",
  commentOrNot: "1",
  commentDetail: "well said",
  shareOrNot: "0",
  ...fields,
});

export const toLines = (...records: unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

export interface PlannedInput {
  readonly counts: Planner["counts"];
  readonly rejects: readonly Reject[];
  readonly chunks: readonly PlannedChunk[];
  readonly known: readonly PlannedChunk[];
  /** The rows in the chunks of a table, as they were written. */
  rowsOf(table: string): unknown[][];
  readonly objects: ReadonlyMap<string, string>;
}

export const nothingStored: StoredRows = {
  homes: async () => new Map(),
  sums: async () => new Map(),
  readSums: async () => new Map(),
};

export interface PlanOptions {
  readonly stored?: StoredRows;
  readonly onConflict?: OnConflict;
  readonly media?: MediaIndex;
}

/** Plans files given by name and content, in the order given. */
export const planInput = async (
  files: Readonly<Record<string, string | Buffer>>,
  { stored = nothingStored, onConflict = "fail", media }: PlanOptions = {},
): Promise<PlannedInput> => {
  const objects = new Map<string, string>();
  const writer = createChunkWriter({
    put: async (key, body) => {
      objects.set(key, body.toString());
    },
    keyOf: (number) => `chunk-${number}`,
    shards: createShardMap(["-80", "80-"]),
  });
  const known = createKnownRows(createShardMap(["-80", "80-"]));
  const rejects = createRejects();
  const planner = createPlanner({
    map: FIRST_PLACEMENT,
    stored,
    writer,
    rejects,
    known,
    onConflict,
    media,
  });
  for (const [name, content] of Object.entries(files)) {
    const table = tableOfFile(name) ?? "users";
    const file = { name, sha256: hash("sha256", content) };
    const stream = Readable.from([Buffer.from(content)], { objectMode: false });
    for await (const records of readRecords(stream, name)) await planner.plan(table, file, records);
    await writer.endTable();
  }
  const lines = rejects.toBuffer().toString().split("\n").slice(0, -1);
  return {
    counts: planner.counts,
    rejects: lines.map((line) => JSON.parse(line) as Reject),
    chunks: writer.chunks,
    known: known.toParts(writer.chunks.length),
    rowsOf: (table) =>
      writer.chunks
        .filter((chunk) => chunk.table === table)
        .flatMap(({ object }) => JSON.parse(objects.get(object) ?? "[]") as unknown[][]),
    objects,
  };
};
