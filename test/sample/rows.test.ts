import { describe, expect, it } from "vitest";
import { articleRow } from "#infra/sample/articles.ts";
import { readRow } from "#infra/sample/reads.ts";
import { userHead, userRow } from "#infra/sample/users.ts";
import { tables } from "#shared/tables.ts";

const COUNT = 20_000;
const population = { seed: 1, users: COUNT, articles: COUNT };
const draw = <T>(row: (i: number) => T): T[] => Array.from({ length: COUNT }, (_, n) => row(n + 1));

const users = draw((i) => userRow(1, i));
const articles = draw((i) => articleRow(1, i));
const reads = draw((i) => readRow(population, i));
/** In the order in which people know them. */
const fieldsOf = {
  users:
    "id timestamp uid name gender email phone dept grade language region role preferTags obtainedCredits",
  articles:
    "id timestamp aid title category abstract articleTags authors language text image video",
  reads:
    "id timestamp uid aid readTimeLength readSequence readOrNot agreeOrNot commentOrNot commentDetail shareOrNot",
} as const;
const rowsOf = { users, articles, reads };

const share = <T>(rows: readonly T[], holds: (row: T) => boolean): number =>
  rows.filter(holds).length / rows.length;

/** Four standard deviations: a right distribution fails once in 16,000 seeds, and ours is fixed. */
const slack = (probability: number): number =>
  4 * Math.sqrt((probability * (1 - probability)) / COUNT);

const shares = [
  { name: "users in Beijing", expected: 0.6, found: share(users, (u) => u.region === "Beijing") },
  { name: "male users", expected: 0.67, found: share(users, (u) => u.gender === "male") },
  { name: "users who read zh", expected: 0.8, found: share(users, (u) => u.language === "zh") },
  {
    name: "science articles",
    expected: 0.45,
    found: share(articles, (a) => a.category === "science"),
  },
  { name: "English articles", expected: 0.5, found: share(articles, (a) => a.language === "en") },
  { name: "articles with a video", expected: 0.05, found: share(articles, (a) => a.video !== "") },
  { name: "reads that agree", expected: 0.2, found: share(reads, (r) => r.agreeOrNot === "1") },
  { name: "reads with comment", expected: 0.2, found: share(reads, (r) => r.commentOrNot === "1") },
  { name: "reads that share", expected: 0.1, found: share(reads, (r) => r.shareOrNot === "1") },
  {
    // Of those drawn, 0.6 * 0.6 in Beijing and 0.4 * 0.8 in Hong Kong are kept.
    name: "reads from Beijing",
    expected: 0.36 / (0.36 + 0.32),
    found: share(reads, (r) => userHead(1, Number(r.uid)).region === "Beijing"),
  },
];

const valueSets = [
  { name: "dept", rows: users, field: "dept", size: 20 },
  { name: "grade", rows: users, field: "grade", size: 4 },
  { name: "role", rows: users, field: "role", size: 3 },
  { name: "preferTags", rows: users, field: "preferTags", size: 50 },
  { name: "obtainedCredits", rows: users, field: "obtainedCredits", size: 99 },
  { name: "articleTags", rows: articles, field: "articleTags", size: 50 },
  { name: "readTimeLength", rows: reads, field: "readTimeLength", size: 100 },
  { name: "readSequence", rows: reads, field: "readSequence", size: 4 },
  { name: "readOrNot", rows: reads, field: "readOrNot", size: 1 },
];

describe("sample rows", () => {
  it.each(shares)("hold the share of $name", ({ expected, found }) => {
    expect(Math.abs(found - expected)).toBeLessThan(slack(expected));
  });

  it.each(valueSets)("have $size values of $name", ({ rows, field, size }) => {
    const values = rows.map((row) => (row as unknown as Record<string, string>)[field]);
    expect(new Set(values).size).toBe(size);
  });

  it.each(["users", "articles", "reads"] as const)(
    "have every field of %s, in the data model's order, within its length",
    (name) => {
      const columns = tables[name].columns.filter(({ hidden }) => hidden !== true);
      expect(fieldsOf[name].split(" ").toSorted()).toEqual(
        columns.map(({ field }) => field).toSorted(),
      );
      const maxOf = new Map(columns.map(({ field, max }) => [field, max ?? 16]));
      const isWrong = (row: object) =>
        Object.keys(row).join(" ") !== fieldsOf[name] ||
        Object.entries(row).some(([field, value]) => value.length > (maxOf.get(field) ?? 0));
      expect((rowsOf[name] as readonly object[]).filter(isWrong)).toEqual([]);
    },
  );

  it("place users, articles and reads in time as published", () => {
    const lateness = users.map(
      ({ timestamp }, n) => Number(timestamp) - (1_410_000_000 + 10_000 * (n + 1)),
    );
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lateness)).toBeLessThan(10_000);
    expect(Math.max(...lateness)).toBeGreaterThan(9900);
    expect(articles[2]).toMatchObject({ id: "a3", aid: "3", timestamp: "1415030000" });
    expect(reads[2]).toMatchObject({ id: "r3", timestamp: "1430006000" });
  });

  it("let only users and articles be read that existed by then", () => {
    const isWrong = ({ timestamp, uid, aid, commentDetail }: (typeof reads)[number]) => {
      const [user, article] = [users[Number(uid) - 1], articles[Number(aid) - 1]];
      const existed = [user, article].every((row) => Number(row?.timestamp) <= Number(timestamp));
      return !existed || commentDetail !== `comments to this article: (${uid},${aid})`;
    };
    expect(reads.filter(isWrong)).toEqual([]);
  });

  it("read from few users and articles when there are few", () => {
    const few = Array.from({ length: 1000 }, (_, n) =>
      readRow({ seed: 3, users: 2, articles: 1 }, n + 1),
    );
    expect(new Set(few.map(({ uid, aid }) => `${uid},${aid}`))).toEqual(new Set(["1,1", "2,1"]));
  });

  it("name one to five images of their own", () => {
    const isWrong = ({ aid, image }: (typeof articles)[number]) =>
      image.split(",").some((name, n) => name !== `image_a${aid}_${n + 1}.jpg`);
    expect(articles.filter(isWrong)).toEqual([]);
    const counts = new Set(articles.map(({ image }) => image.split(",").length));
    expect([...counts].toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it("stay seconds to the last row that may be asked for", () => {
    const last = readRow({ seed: 1, users: 9_000_000, articles: 9_000_000 }, 45_000_000);
    for (const row of [last, userRow(1, 9_000_000), articleRow(1, 9_000_000)]) {
      expect(Number(row.timestamp)).toBeLessThan(1e11);
    }
  });
});
