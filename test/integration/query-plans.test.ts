/**
 * What vtgate makes of each query form: a look-up by uid or aid, a region and a category are one
 * shard's business. VEXPLAIN QUERIES runs the statement and lists what went where.
 */
import { afterAll, describe, expect, inject, it } from "vitest";
import {
  articlesSource,
  beReadFields,
  chooseBeReads,
  readersSource,
} from "#functions/query-articles/articles-source.ts";
import { toReadersSql } from "#functions/query-articles/be-read.ts";
import { ARTICLE_EXISTS_SQL } from "#functions/query-articles/query-articles.ts";
import { USER_EXISTS_SQL, USER_SQL } from "#functions/query-users/query-users.ts";
import { usersSource } from "#functions/query-users/users-source.ts";
import { FIRST_PLACEMENT, placement, slot } from "#shared/placement.ts";
import { ARTICLE_SQL } from "#shared/query-article.ts";
import { EVERYTHING, type Position, type Scope, toRangeScope } from "#shared/query-conditions.ts";
import { toLookUpSql } from "#shared/query-home.ts";
import { planList, type Source, type Statement } from "#shared/query-plan.ts";
import { chooseReads, readsByUser } from "#shared/query-reads.ts";
import { parseListRequest } from "#shared/query-request.ts";
import { MOST_READ_SQL, STORED_SQL } from "#shared/ranks.ts";
import { createVtgate } from "#shared/vtgate.ts";

const vtgate = createVtgate(inject("cluster").vtgateUrl, { connections: 2 });
afterAll(async () => vtgate.close());

const uid = 9_000_001;
const aid = 9_000_001;
const beijing = placement(FIRST_PLACEMENT, "users", "Beijing", uid);
const hongKong = placement(FIRST_PLACEMENT, "users", "Hong Kong", uid);
const science = placement(FIRST_PLACEMENT, "articles", "science", aid);
const technology = placement(FIRST_PLACEMENT, "articles", "technology", aid);

interface At {
  readonly source: Source;
  readonly text: string;
  /** Where a key or a path tells the home. */
  readonly home?: bigint;
  readonly after?: Position;
}

const plan = ({ source, text, home }: At) =>
  planList(source, parseListRequest(new URLSearchParams(text), source.fields), {
    map: FIRST_PLACEMENT,
    hasOneHome: home !== undefined,
  });

const page = (at: At): Statement => {
  const { source, text, home, after } = at;
  const { filters } = parseListRequest(new URLSearchParams(text), source.fields);
  const scope: Scope | undefined =
    home === undefined ? toRangeScope(source.fields, filters, FIRST_PLACEMENT) : { homes: [home] };
  return plan(at).toPage(scope ?? EVERYTHING, after, 51);
};

const join = (at: At, home: bigint, key: string | number): Statement => {
  const [first] = plan(at).joins;
  if (first === undefined) throw new Error("there is no join");
  return first.toStatement([[home, key]]);
};

const byArticle = (text: string): Source =>
  chooseReads(parseListRequest(new URLSearchParams(text), readsByUser.fields)).source;

const beReads = (text: string): Source =>
  chooseBeReads(parseListRequest(new URLSearchParams(text), beReadFields));

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
  ...["region=Beijing", "region=Beijing&gender=male&sort=-obtainedCredits"].map((text) => ({
    name: text,
    ...page({ source: usersSource, text }),
    shard: "-80" as const,
  })),
  ...[
    "region=Hong Kong",
    "region[gt]=Beijing&name[in]=a,b&sort=name,-timestamp&fields=uid",
    "region=Hong Kong&read.category=science&read.timestamp[gte]=2015-05-01&read.timestamp[lt]=2015-06-01",
  ].map((text) => ({ name: text, ...page({ source: usersSource, text }), shard: "80-" as const })),
  {
    name: "a later page",
    ...page({ source: usersSource, text: "region=Beijing", after: [String(beijing), uid] }),
    shard: "-80",
  },
  {
    name: "a later page by name",
    ...page({
      source: usersSource,
      text: "region=Beijing&sort=-name",
      after: ["user", String(beijing), uid],
    }),
    shard: "-80",
  },
  {
    name: "one of a list",
    ...page({ source: usersSource, text: "uid=1", home: beijing }),
    shard: "-80",
  },
  ...["", "sort=-timestamp", "sort=-timestamp&category=science&agreeOrNot=1&title=x"].map(
    (text) => ({
      name: `reads of a user by ${text}`,
      ...page({ source: readsByUser, text, home: hongKong }),
      shard: "80-" as const,
    }),
  ),
  {
    name: "a later page of reads",
    ...page({
      source: readsByUser,
      text: "sort=-timestamp",
      home: beijing,
      after: [1_430_000_000_000, "q1"],
    }),
    shard: "-80",
  },
  {
    name: "articles of reads",
    ...join({ source: readsByUser, text: "title=x" }, science, aid),
    shard: "-80",
  },
  {
    name: "reads of an article",
    ...page({ source: byArticle("aid=1"), text: "aid=1&sort=-timestamp", home: technology }),
    shard: "80-",
  },
  {
    name: "reads of an article where they lie",
    ...join({ source: byArticle("aid=1"), text: "aid=1&readSequence[gt]=1" }, hongKong, "r1"),
    shard: "80-",
  },
  { name: "aid in science", sql: ARTICLE_SQL, values: [science, aid], shard: "-80" },
  { name: "aid in technology", sql: ARTICLE_SQL, values: [technology, aid], shard: "80-" },
  {
    name: "whether an aid is there",
    sql: ARTICLE_EXISTS_SQL,
    values: [science, aid],
    shard: "-80",
  },
  ...["category=science", "category=science&language=en&sort=-timestamp"].map((text) => ({
    name: text,
    ...page({ source: articlesSource, text }),
    shard: "-80" as const,
  })),
  {
    name: "technology",
    ...page({ source: articlesSource, text: "category=technology" }),
    shard: "80-",
  },
  ...[
    "category=technology",
    "category=technology&sort=-readNum",
    "category=technology&timestamp[gte]=2015-05-01&sort=-timestamp&readNum[gt]=3",
  ].map((text) => ({
    name: `be-reads of ${text}`,
    ...page({ source: beReads(text), text }),
    shard: "80-" as const,
  })),
  {
    name: "newest reads of be-reads",
    ...join({ source: beReads(""), text: "" }, technology, aid),
    shard: "80-",
  },
  {
    name: "a stored rank",
    sql: STORED_SQL,
    values: [hongKong, "weekly", 1_430_092_800_000],
    shard: "80-",
  },
  { name: "who commented", ...readers(technology), shard: "80-" },
  ...["", "region=Beijing&read.agreeOrNot=1"].map((text) => ({
    name: `readers of an article ${text}`,
    ...page({ source: readersSource, text: `read.aid=1&${text}`, home: science }),
    shard: "-80" as const,
  })),
  {
    name: "readers where they live",
    ...join({ source: readersSource, text: "gender=male" }, hongKong, uid),
    shard: "80-",
  },
];

/** The limit has to reach the shards: what they answer in vain, vtgate has to hold. */
const shardsOf = async ({ sql, values }: Statement): Promise<unknown[]> => {
  const rows = await vtgate.tagenal.query(`VEXPLAIN QUERIES ${sql}`, values);
  if (sql.endsWith("LIMIT ?")) for (const row of rows) expect(row["query"]).toMatch(/ limit \d+$/i);
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
    expect(["EqualUnique", "IN", "MultiEqual", "Between"]).toContain(route?.Variant);
  });

  it.each([
    { name: "users", at: { source: usersSource, text: "" } },
    { name: "users by name", at: { source: usersSource, text: "sort=-name&fields=uid" } },
    {
      name: "users by what they read",
      at: { source: usersSource, text: "read.category=science&read.agreeOrNot=1" },
    },
    { name: "articles", at: { source: articlesSource, text: "sort=title" } },
    { name: "reads", at: { source: readsByUser, text: "category=science" } },
    { name: "be-reads", at: { source: beReads(""), text: "sort=-readNum" } },
    {
      name: "be-reads by time",
      at: { source: beReads("sort=timestamp"), text: "sort=-timestamp" },
    },
  ])("asks every shard once for the list of all $name", async ({ at }) => {
    expect((await shardsOf(page(at))).sort()).toEqual(["-80", "80-"]);
  });

  it("asks every shard once for its most read articles, and each answers only those", async () => {
    const values = [0, 2_000_000_000_000, 10];
    expect((await shardsOf({ sql: MOST_READ_SQL, values })).sort()).toEqual(["-80", "80-"]);
  });

  it("leaves out the shards that lie before a position", async () => {
    const rest = page({ source: usersSource, text: "", after: [String(2n ** 63n), 1] });
    expect(await shardsOf(rest)).toEqual(["80-"]);
  });
});
