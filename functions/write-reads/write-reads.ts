/**
 * Writes reads: one, or a batch of up to 1,000. A read without an id gets one; with an
 * Idempotency-Key always the same, so that what is sent twice is written once. Whoever comes with a reader's token writes only hers.
 */
import { hash, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Change } from "#events/rows-changed.ts";
import type { Changes } from "#shared/changes.ts";
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { parseBody } from "#shared/parse-body.ts";
import { Problem } from "#shared/problem.ts";
import { readParams } from "#shared/query-params.ts";
import type { Reply } from "#shared/respond.ts";
import { type RowFields, toNewRowSchema } from "#shared/row-schema.ts";
import { reads } from "#shared/tables.ts";
import type { Once } from "#shared/write-once.ts";
import type { NewRead } from "./insert-reads.ts";

export interface WriteReadsDeps {
  readonly insertReads: (wanted: readonly NewRead[], isRepeat: boolean) => Promise<void>;
  readonly once: Once;
  readonly changes: Pick<Changes, "during">;
}

export const LARGEST_BATCH = 1_000;

export const newRead = toNewRowSchema(reads).meta({ id: "NewRead" });
export const batch = z.array(newRead).min(1).max(LARGEST_BATCH);
const shown = reads.columns.filter(({ hidden }) => hidden !== true).map(({ field }) => field);

/** Of the same request always the same ids, if it has a key. */
const createToId =
  (key: string | undefined) =>
  (index: number): string =>
    key === undefined ? randomUUID() : `k${hash("sha1", `${key}\n${index}`)}`.slice(0, 40);

const parseReads = ({ body, headers }: RouteRequest): NewRead[] => {
  const isBatch = Array.isArray(body);
  const given = isBatch ? parseBody(batch, body) : [parseBody(newRead, body)];
  const toId = createToId(headers["idempotency-key"]);
  return given.map((fields, index) => ({
    fields: { ...fields, id: fields["id"] ?? toId(index) },
    path: (field) => (isBatch ? `${index}.${field}` : field),
  }));
};

/** A reader's token is not for the reads of others. */
const checkReader = (wanted: readonly NewRead[], uid: number | undefined): void => {
  const other = wanted.find(({ fields }) => uid !== undefined && Number(fields["uid"]) !== uid);
  if (other === undefined) return;
  const field = other.path("uid");
  throw new Problem("forbidden", `${field}: this token is for the reads of user ${uid} alone`, {
    field,
  });
};

const toItem = ({ fields }: NewRead): RowFields =>
  Object.fromEntries(shown.map((field) => [field, fields[field] ?? ""]));

const toChange = (wanted: readonly NewRead[]): Change => {
  const all = (field: string): number[] => [
    ...new Set(wanted.map(({ fields }) => Number(fields[field]))),
  ];
  return { table: "reads", uids: all("uid"), aids: all("aid") };
};

const createPost =
  ({ insertReads, once, changes }: WriteReadsDeps) =>
  async (request: RouteRequest): Promise<Reply> => {
    readParams(request.query, []);
    const wanted = parseReads(request);
    checkReader(wanted, request.caller?.uid);
    return once("/v1/reads", request, async (isRepeat) => {
      await changes.during([toChange(wanted)], () => insertReads(wanted, isRepeat));
      const items = wanted.map(toItem);
      return { status: 201, body: Array.isArray(request.body) ? { items } : items[0] };
    });
  };

export const createWriteReads = (deps: WriteReadsDeps): Route[] => [
  { method: "POST", path: "/v1/reads", auth: "reader", handle: createPost(deps) },
];
