/** Rows that the sample has not: an article with very many readers, and one with few. */
import { FIRST_PLACEMENT, placement, slot } from "#shared/placement.ts";
import type { Sql } from "#shared/sql.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { newArticle } from "../integration/write-rows.ts";

export const MANY_READERS = 100_000;
export const FEW_READERS = 10;
export const POPULAR_AID = 9_000_001;
export const OTHER_AID = 9_000_002;

const ROWS_A_STATEMENT = 5_000;

const insertArticle = async (tagenal: Sql, aid: number): Promise<bigint> => {
  const home = placement(FIRST_PLACEMENT, "articles", "science", aid);
  const columns =
    "home, aid, id, timestamp, title, category, abstract, article_tags, authors, language, text, image, video";
  const { id, timestamp, title, category, abstract, articleTags, authors, ...rest } =
    newArticle(aid);
  await tagenal.write(`INSERT INTO article (${columns}) VALUES (${"?, ".repeat(12)}?)`, [
    ...[home, aid, id, timestamp, title, category, abstract, articleTags, authors],
    ...[rest.language, rest.text, rest.image, rest.video],
  ]);
  await tagenal.write("INSERT INTO article_directory (slot, aid, home) VALUES (?, ?, ?)", [
    ...[slot(aid), aid, home],
  ]);
  return home;
};

const insertReaders = async (
  tagenal: Sql,
  { home, aid, count }: { home: bigint; aid: number; count: number },
): Promise<void> => {
  for (let uid = 1; uid <= count; uid += ROWS_A_STATEMENT) {
    const length = Math.min(ROWS_A_STATEMENT, count - uid + 1);
    const rows = Array.from({ length }, (_, index) => {
      const reader = uid + index;
      const readerHome = placement(FIRST_PLACEMENT, "users", "Beijing", reader);
      return `(${home},${readerHome},'b${reader}',1430000000000,${reader},${aid},1,1,0,0,0)`;
    });
    await tagenal.write(`INSERT INTO article_read VALUES ${rows.join(",")}`);
  }
};

/** Straight into the tables: what derives them takes its time, and is not what is measured. */
export const insertPopularArticle = async (vtgateUrl: string): Promise<void> => {
  const vtgate = createVtgate(vtgateUrl, { connections: 1 });
  try {
    for (const [aid, count] of [
      [POPULAR_AID, MANY_READERS],
      [OTHER_AID, FEW_READERS],
    ] as const) {
      const home = await insertArticle(vtgate.tagenal, aid);
      await insertReaders(vtgate.tagenal, { home, aid, count });
    }
  } finally {
    await vtgate.close();
  }
};
