/**
 * What vtgate makes of each query form: a look-up by uid or aid, a region and a category are one
 * shard's business. VEXPLAIN QUERIES runs the statement and lists what went where.
 */
import { afterAll, describe, expect, inject, it } from "vitest";
import { toReadersSql } from "#functions/query-articles/be-read.ts";
import { ARTICLE_EXISTS_SQL, ARTICLE_SQL } from "#functions/query-articles/query-articles.ts";
import { USER_EXISTS_SQL, USER_SQL } from "#functions/query-users/query-users.ts";
import {
  ARTICLES_SQL,
  FIRST_READS_SQL,
  NEXT_READS_SQL,
} from "#functions/query-users/user-reads.ts";
import { FIRST_PLACEMENT, placement, rangeOf, slot } from "#shared/placement.ts";
import { toLookUpSql } from "#shared/query-home.ts";
import { type Position, type Statement, toRangeStatement } from "#shared/query-range.ts";
import { articles, type Table, users } from "#shared/tables.ts";
import { createVtgate } from "#shared/vtgate.ts";

const vtgate = createVtgate(inject("cluster").vtgateUrl, { connections: 2 });
afterAll(async () => vtgate.close());

const uid = 9_000_001;
const aid = 9_000_001;
const beijing = placement(FIRST_PLACEMENT, "users", "Beijing", uid);
const hongKong = placement(FIRST_PLACEMENT, "users", "Hong Kong", uid);
const science = placement(FIRST_PLACEMENT, "articles", "science", aid);
const technology = placement(FIRST_PLACEMENT, "articles", "technology", aid);

const list = (table: Table, value: string, after?: Position): Statement =>
  toRangeStatement({
    table,
    bounds: rangeOf(FIRST_PLACEMENT, table === users ? "users" : "articles", value),
    part: { column: table === users ? "region" : "category", value },
    after,
    count: 51,
  });

interface Form extends Statement {
  readonly name: string;
  readonly shard: "-80" | "80-";
}

const readers = (home: bigint) => ({ sql: toReadersSql("comment"), values: [home, aid, -1, 51] });
const lookUp = toLookUpSql({ table: "user_directory", key: "uid" });
const lookUpArticle = toLookUpSql({ table: "article_directory", key: "aid" });
const slotShard = (key: number) => (slot(key) < 2n ** 63n ? "-80" : "80-");

const forms: readonly Form[] = [
  { name: "uid to home", sql: lookUp, values: [slot(uid), uid], shard: slotShard(uid) },
  { name: "aid to home", sql: lookUpArticle, values: [slot(aid), aid], shard: slotShard(aid) },
  { name: "uid in Beijing", sql: USER_SQL, values: [beijing, uid], shard: "-80" },
  { name: "uid in Hong Kong", sql: USER_SQL, values: [hongKong, uid], shard: "80-" },
  { name: "whether a uid is there", sql: USER_EXISTS_SQL, values: [beijing, uid], shard: "-80" },
  { name: "region Beijing", ...list(users, "Beijing"), shard: "-80" },
  { name: "region Hong Kong", ...list(users, "Hong Kong"), shard: "80-" },
  { name: "a later page", ...list(users, "Beijing", [String(beijing), uid]), shard: "-80" },
  { name: "reads", sql: FIRST_READS_SQL, values: [hongKong, uid, 51], shard: "80-" },
  {
    name: "a later page of reads",
    sql: NEXT_READS_SQL,
    values: [beijing, uid, 1_430_000_000_000, 1_430_000_000_000, "q1", 51],
    shard: "-80",
  },
  { name: "articles of reads", sql: ARTICLES_SQL, values: [[science], [aid]], shard: "-80" },
  { name: "aid in science", sql: ARTICLE_SQL, values: [science, aid], shard: "-80" },
  { name: "aid in technology", sql: ARTICLE_SQL, values: [technology, aid], shard: "80-" },
  {
    name: "whether an aid is there",
    sql: ARTICLE_EXISTS_SQL,
    values: [science, aid],
    shard: "-80",
  },
  { name: "category science", ...list(articles, "science"), shard: "-80" },
  { name: "category technology", ...list(articles, "technology"), shard: "80-" },
  { name: "who commented", ...readers(technology), shard: "80-" },
];

const shardsOf = async ({ sql, values }: Statement): Promise<unknown[]> => {
  const rows = await vtgate.tagenal.query(`VEXPLAIN QUERIES ${sql}`, values);
  return rows.map((row) => row["shard"]);
};

interface Plan {
  readonly OperatorType: string;
  readonly Variant?: string;
  readonly Inputs?: readonly Plan[];
}

const planOf = async ({ sql, values }: Statement): Promise<Plan> => {
  const [row] = await vtgate.tagenal.query(`VEXPLAIN PLAN ${sql}`, values);
  const plan: unknown = Object.values(row ?? {})[0];
  return JSON.parse(typeof plan === "string" ? plan : JSON.stringify(plan)) as Plan;
};

describe("vtgate", () => {
  it.each(forms)("asks one shard once for $name", async ({ sql, values, shard }) => {
    expect(await shardsOf({ sql, values })).toEqual([shard]);
  });

  it.each(forms)("plans no scatter for $name", async ({ sql, values }) => {
    const plan = await planOf({ sql, values });
    // A range may span shards, so vtgate applies the limit once more over what they answer.
    const route = plan.OperatorType === "Limit" ? plan.Inputs?.[0] : plan;
    expect(route?.OperatorType).toBe("Route");
    expect(["EqualUnique", "IN", "Between"]).toContain(route?.Variant);
  });

  it("asks every shard for the list of all users, once each", async () => {
    const everything = { low: 0n, high: 2n ** 64n - 1n };
    const all = toRangeStatement({
      table: users,
      bounds: everything,
      part: undefined,
      after: undefined,
      count: 51,
    });
    expect((await shardsOf(all)).sort()).toEqual(["-80", "80-"]);
    const rest = toRangeStatement({
      table: users,
      bounds: everything,
      part: undefined,
      after: [String(2n ** 63n), 1],
      count: 51,
    });
    expect(await shardsOf(rest)).toEqual(["80-"]);
  });
});
