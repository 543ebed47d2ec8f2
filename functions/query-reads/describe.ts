/** What query-reads answers. */
import { z } from "zod";
import { type Described, ifNoneMatch, jsonAnswers, pageOf } from "#shared/api-description.ts";
import { listParameters, toItemShape } from "#shared/describe-fields.ts";
import { readsByUser } from "#shared/query-reads.ts";

const read = z
  .strictObject(toItemShape(readsByUser.fields, ["title", "category"]))
  .meta({ id: "Read", description: "title and category are null where the article is gone" });

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/reads", id: "listReads", tag: "reads" },
    summary: "Reads by any of their fields and by their article's category",
    parameters: [...listParameters(readsByUser.fields), ifNoneMatch],
    answers: jsonAnswers("a page of reads", pageOf(read)),
    problems: [400],
  },
];
