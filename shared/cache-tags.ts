/**
 * What kept answers are made of. An answer carries tags, a change touches tags, and an answer one of
 * whose tags was touched is kept no longer. Pure.
 *
 * 1. A tag names rows: `user/7`, `user/7/reads`, `article/3`, `article/3/reads` (what derives from
 *    them included), `rank/daily-2018-05-01`, and whole tables for lists: `users`, `articles`,
 *    `reads`.
 * 2. A change of any row of a table, such as a load, touches no list of tags but the generation that
 *    all of its tags share.
 * 3. Tags, generations and answers lie in buckets, each one slot of Redis Cluster, so that an answer
 *    about one user or article is looked up with all that it depends on in one command. Therefore
 *    each bucket has its own copy of each generation.
 */
import type { Change } from "#events/rows-changed.ts";

const tables = ["users", "articles", "reads"] as const;
type TableName = (typeof tables)[number];

export type Tag =
  | TableName
  | `user/${number}`
  | `user/${number}/reads`
  | `article/${number}`
  | `article/${number}/reads`
  | `rank/${string}`;

const BUCKETS = 64;

const isTable = (tag: Tag): tag is TableName => tables.some((table) => table === tag);

/** The table in whose generation a tag is; a rank is made of reads. */
const tableOf = (tag: Tag): TableName => {
  if (isTable(tag)) return tag;
  if (tag.endsWith("/reads") || tag.startsWith("rank/")) return "reads";
  return tag.startsWith("user/") ? "users" : "articles";
};

/** What follows the reads by itself, a moment later. */
export const isDerived = (tag: Tag): boolean =>
  tag === "reads" || /^article\/\d+\/reads$/.test(tag);

/** FNV-1a. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
};

/** A user and her reads, an article and its reads share a bucket. */
const bucketOf = (tag: Tag): number =>
  hashOf(tag.endsWith("/reads") ? tag.slice(0, -"/reads".length) : tag) % BUCKETS;

const toTagKey = (bucket: number, tag: Tag): string => `cache:{${bucket}}:tag:${tag}`;
const toGenerationKey = (bucket: number, table: TableName): string =>
  `cache:{${bucket}}:all:${table}`;

export interface Keys {
  /** Where the answer lies, with the first tag. */
  readonly entry: string;
  /** Of everything it depends on: by slot, the entry's slot first. */
  readonly versions: readonly (readonly string[])[];
  /** Those of the versions that tell of what follows the reads by itself. */
  readonly derived: ReadonlySet<string>;
}

/** `name`: of the answer, unique among all. */
export const toKeys = (name: string, tags: readonly [Tag, ...Tag[]]): Keys => {
  const slots = new Map<number, Set<string>>();
  const derived = new Set<string>();
  for (const tag of tags) {
    const bucket = bucketOf(tag);
    const keys = slots.get(bucket) ?? new Set();
    slots.set(bucket, keys);
    const key = toTagKey(bucket, tag);
    keys.add(key);
    if (!isTable(tag)) keys.add(toGenerationKey(bucket, tableOf(tag)));
    if (isDerived(tag)) derived.add(key).add(toGenerationKey(bucket, "reads"));
  }
  return {
    entry: `cache:{${bucketOf(tags[0])}}:answer:${name}`,
    versions: [...slots.values()].map((keys) => [...keys]),
    derived,
  };
};

const tagsOf = (change: Change): Tag[] => {
  switch (change.table) {
    case "users":
      return ["users", ...(change.uids ?? []).map((uid): Tag => `user/${uid}`)];
    case "articles":
      return ["articles", ...(change.aids ?? []).map((aid): Tag => `article/${aid}`)];
    case "reads":
      return [
        "reads",
        ...(change.uids ?? []).map((uid): Tag => `user/${uid}/reads`),
        ...(change.aids ?? []).map((aid): Tag => `article/${aid}/reads`),
      ];
    case "ranks":
      return change.ids.map((id): Tag => `rank/${id}`);
  }
};

const isOfAny = (change: Change): boolean => {
  switch (change.table) {
    case "users":
      return change.uids === undefined;
    case "articles":
      return change.aids === undefined;
    case "reads":
      return change.uids === undefined && change.aids === undefined;
    case "ranks":
      return false;
  }
};

/** The keys whose versions a change renews. */
export const toTouchedKeys = (changes: readonly Change[]): string[] => {
  const keys = new Set<string>();
  for (const change of changes) {
    for (const tag of tagsOf(change)) keys.add(toTagKey(bucketOf(tag), tag));
    if (change.table === "ranks" || !isOfAny(change)) continue;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1)
      keys.add(toGenerationKey(bucket, change.table));
  }
  return [...keys];
};
