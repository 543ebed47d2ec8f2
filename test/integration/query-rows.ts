/**
 * Rows for the query tests, written by SQL through vtgate as a load would write them. Their keys
 * begin at 9,000,001, so that they keep out of the way of what other tests load.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { FIRST_PLACEMENT, placement, slot } from "#shared/placement.ts";
import { toLiteral } from "#shared/sql.ts";
import { articles, reads, type Table, users } from "#shared/tables.ts";
import type { Vtgate } from "#shared/vtgate.ts";

export const FIRST_KEY = 9_000_001;
/** Other tests have keys above and below. */
export const LAST_KEY = 9_999_999;
/** An article that its readers outlived. */
export const GONE_AID = 9_999_998;

export type Fields = Readonly<Record<string, string | number>>;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** What a text has to survive on its way into the database and out again. */
const strange = `O'Neil "the 2nd" \\ 100 % 北京 😀 \t;--`;

export const toUser = (uid: number, region: string): Fields => ({
  home: String(placement(FIRST_PLACEMENT, "users", region, uid)),
  uid,
  id: `u${uid}`,
  timestamp: 1_410_000_000_000 + uid,
  name: uid === FIRST_KEY ? strange : `user${uid}`,
  gender: uid % 3 === 0 ? "female" : "male",
  email: `email${uid}`,
  phone: `phone${uid}`,
  dept: `dept${uid % 20}`,
  grade: `grade${(uid % 4) + 1}`,
  language: uid % 5 === 0 ? "en" : "zh",
  region,
  role: `role${uid % 3}`,
  preferTags: `tags${uid % 50}`,
  obtainedCredits: uid % 99,
});

export const toArticle = (aid: number): Fields => {
  const category = aid % 2 === 0 ? "technology" : "science";
  return {
    home: String(placement(FIRST_PLACEMENT, "articles", category, aid)),
    aid,
    id: `a${aid}`,
    timestamp: 1_415_000_000_000 + aid,
    title: `title${aid}`,
    category,
    abstract: `abstract of article ${aid}`,
    articleTags: `tags${aid % 50}`,
    authors: `author${aid % 2_000}`,
    language: "en",
    text: `text_a${aid}.txt`,
    image: `image_a${aid}_0.jpg,image_a${aid}_1.jpg`,
    video: "",
  };
};

/** Where the files of an article are found. */
export const mediaOf = (aid: number): unknown => ({
  text: `/v1/media/${aid}/text_a${aid}.txt`,
  images: [0, 1].map((index) => `/v1/media/${aid}/image_a${aid}_${index}.jpg`),
  video: null,
});

export const userRows: readonly Fields[] = range(240).map((index) =>
  toUser(FIRST_KEY + index, index % 2 === 0 ? "Beijing" : "Hong Kong"),
);
export const articleRows: readonly Fields[] = range(60).map((index) =>
  toArticle(FIRST_KEY + index),
);

const goneHome = String(placement(FIRST_PLACEMENT, "articles", "science", GONE_AID));

const toRead = (number: number, uid: number, aid: number): Fields => ({
  home: userRows[uid - FIRST_KEY]?.["home"] ?? "0",
  id: `q${String(number).padStart(6, "0")}`,
  // Three at a time have the same time: an order by time alone would lose some between pages.
  timestamp: 1_430_000_000_000 + Math.floor(number / 3) * 1_000,
  uid,
  aid,
  articleHome: articleRows[aid - FIRST_KEY]?.["home"] ?? goneHome,
  readTimeLength: number % 100,
  readSequence: number % 4,
  readOrNot: 1,
  agreeOrNot: number % 5 === 0 ? 1 : 0,
  commentOrNot: number % 4 === 0 ? 1 : 0,
  commentDetail: number % 4 === 0 ? `comments to this article: (${uid},${aid})` : "",
  shareOrNot: number % 10 === 0 ? 1 : 0,
});

/** The first user's 31 reads, one of them of an article that is gone, then an article of many. */
export const readRows: readonly Fields[] = [
  ...range(30).map((index) => toRead(index, FIRST_KEY, FIRST_KEY + index)),
  toRead(30, FIRST_KEY, GONE_AID),
  ...range(170).map((index) => toRead(31 + index, FIRST_KEY + 1 + (index % 110), FIRST_KEY)),
];

export const insert = async ({ tagenal }: Vtgate, table: Table, rows: readonly Fields[]) => {
  const columns = table.columns.map(({ column }) => column).join(", ");
  const values = rows.map(
    (row) =>
      `(${table.columns
        .map(({ field, kind }) =>
          // A keyspace id is a number in SQL, though it is none in JavaScript.
          kind === "home" ? String(row[field]) : toLiteral(row[field] ?? ""),
        )
        .join(",")})`,
  );
  await tagenal.write(`INSERT INTO ${table.table} (${columns}) VALUES ${values.join(",")}`);
};

export const insertDirectory = async (vtgate: Vtgate, table: Table, rows: readonly Fields[]) => {
  const entries = rows.map(
    (row) => `(${slot(Number(row[table.key]))},${row[table.key]},${row["home"]})`,
  );
  await vtgate.tagenal.write(
    `INSERT INTO ${table.table}_directory (slot, ${table.key}, home) VALUES ${entries.join(",")}`,
  );
};

const countOf = async ({ tagenal }: Vtgate, query: string): Promise<number> => {
  const [row] = await tagenal.query<{ n: number }>(query);
  return Number(row?.n ?? 0);
};

/** The derived tables follow the reads by streams, a moment later. */
export const untilDerived = async (vtgate: Vtgate, expected: number): Promise<void> => {
  const deadline = Date.now() + 60_000;
  const isThere = async (): Promise<boolean> => {
    const rows = await countOf(
      vtgate,
      `SELECT COUNT(*) AS n FROM article_read WHERE uid BETWEEN ${FIRST_KEY} AND ${LAST_KEY}`,
    );
    const sum = await countOf(
      vtgate,
      `SELECT SUM(read_num) AS n FROM be_read WHERE aid BETWEEN ${FIRST_KEY} AND ${LAST_KEY}`,
    );
    return rows === expected && sum === expected;
  };
  while (!(await isThere())) {
    if (Date.now() > deadline) throw new Error("the derived tables do not follow the reads");
    await sleep(200);
  }
};

export const insertRows = async (vtgate: Vtgate): Promise<void> => {
  await insert(vtgate, users, userRows);
  await insertDirectory(vtgate, users, userRows);
  await insert(vtgate, articles, articleRows);
  await insertDirectory(vtgate, articles, articleRows);
  await insert(vtgate, reads, readRows);
  await untilDerived(vtgate, readRows.length);
};

/** Puts a user under a new home, as a change of region does. */
export const moveUser = async (vtgate: Vtgate, before: Fields, after: Fields): Promise<void> => {
  await insert(vtgate, users, [after]);
  const { tagenal } = vtgate;
  const uid = Number(after["uid"]);
  await tagenal.write("UPDATE user_directory SET home = ? WHERE slot = ? AND uid = ?", [
    BigInt(after["home"] ?? 0),
    slot(uid),
    uid,
  ]);
  await tagenal.write("DELETE FROM user WHERE home = ? AND uid = ?", [
    BigInt(before["home"] ?? 0),
    uid,
  ]);
};

export const deleteRows = async (vtgate: Vtgate): Promise<void> => {
  for (const table of ["user_read", "user", "user_directory"])
    await vtgate.tagenal.write(
      `DELETE FROM ${table} WHERE uid BETWEEN ${FIRST_KEY} AND ${LAST_KEY}`,
    );
  for (const table of ["article", "article_directory"])
    await vtgate.tagenal.write(
      `DELETE FROM ${table} WHERE aid BETWEEN ${FIRST_KEY} AND ${LAST_KEY}`,
    );
  await untilDerived(vtgate, 0);
};
