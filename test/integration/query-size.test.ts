/**
 * The largest rows that the columns allow, after small ones that promise more: vtgate takes 16 MiB
 * a message, so a page of them has to be read in several statements.
 */
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { articlesSource } from "#functions/query-articles/articles-source.ts";
import { rowsPerStatement } from "#shared/query-rows.ts";
import { toLiteral } from "#shared/sql.ts";
import { articles } from "#shared/tables.ts";
import { createVtgate } from "#shared/vtgate.ts";

const { url, vtgateUrl } = inject("cluster");
const vtgate = createVtgate(vtgateUrl, { connections: 2 });

const FIRST_AID = 9_900_001;
const FACE = "😀"; // Four bytes.
const SMALL = rowsPerStatement(articlesSource.fields);
const COUNT = 2 * SMALL + 20;
const ROWS_AN_INSERT = 25;

const texts = articles.columns.filter(
  ({ kind, column }) => kind === "text" && column !== "id" && column !== "category",
);
const columns = texts.map(({ column }) => column).join(", ");

/** Homes at the very beginning of science, so that these rows are the first of its list. */
const toValues = (index: number): string => {
  const values = texts.map(({ max = 0 }) => toLiteral(index < SMALL ? "" : FACE.repeat(max)));
  return `(${index}, ${FIRST_AID + index}, 'a${index}', 1415000000000, 'science', ${values.join(",")})`;
};

beforeAll(async () => {
  for (let start = 0; start < COUNT; start += ROWS_AN_INSERT) {
    const count = Math.min(ROWS_AN_INSERT, COUNT - start);
    const values = Array.from({ length: count }, (_, index) => toValues(start + index));
    await vtgate.tagenal.write(
      `INSERT INTO article (home, aid, id, timestamp, category, ${columns}) VALUES ${values.join(",")}`,
    );
  }
});

afterAll(async () => {
  // vtgate routes no DELETE by a BETWEEN on the vindex ("unsupported opcode: Between").
  await vtgate.tagenal.write("DELETE FROM article WHERE aid >= ?", [FIRST_AID]);
  await vtgate.close();
});

it("answers a page of the largest rows there can be", async () => {
  const response = await fetch(`${url}/v1/articles?category=science&limit=${COUNT}`);
  expect(response.status).toBe(200);
  const { items } = (await response.json()) as { items: { aid: number; abstract: string }[] };
  expect(items.map(({ aid }) => aid)).toEqual(
    Array.from({ length: COUNT }, (_, index) => FIRST_AID + index),
  );
  expect(items.at(-1)?.abstract).toBe(FACE.repeat(4_000));
});
