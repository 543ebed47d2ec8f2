/** Describes one article as query-article.ts shows it. */
import { z } from "zod";
import { toItemShape } from "./describe-fields.ts";
import { BE_READ, MEDIA } from "./query-article.ts";
import { fieldsOf } from "./query-fields.ts";
import { articles } from "./tables.ts";

const count = z.int().min(0);
const address = z.string().describe("an address below /v1/media");

export const articleShape = toItemShape(fieldsOf(articles, { alias: "a" }));

export const wholeArticle = z
  .strictObject({
    ...articleShape,
    [BE_READ]: z
      .strictObject({ readNum: count, commentNum: count, agreeNum: count, shareNum: count })
      .optional(),
    [MEDIA]: z
      .strictObject({
        text: address.nullable(),
        images: z.array(address),
        video: address.nullable(),
      })
      .optional(),
  })
  .meta({ id: "WholeArticle" });
