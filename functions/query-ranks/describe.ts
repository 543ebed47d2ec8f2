/** What query-ranks answers. */
import { z } from "zod";
import {
  type Described,
  ifNoneMatch,
  jsonAnswers,
  pathParameter,
} from "#shared/api-description.ts";
import { wholeArticle } from "#shared/describe-article.ts";
import { granularities } from "#shared/rank-period.ts";
import { PLACES } from "#shared/ranks.ts";

const day = z.iso.date();
/** From 1970 on. */
const DAY = "^(19[7-9][0-9]|[2-9][0-9]{3})-";

const rank = z
  .strictObject({
    id: z.string(),
    timestamp: z.int().min(0).describe("the beginning of its period, milliseconds since 1970"),
    temporalGranularity: z.enum(granularities),
    articleAidList: z.array(z.int().min(0)).max(PLACES),
    from: day,
    to: day,
    articles: z.array(wholeArticle).max(PLACES),
  })
  .meta({ id: "Rank" });

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/ranks/:granularity/:date", id: "getRank", tag: "ranks" },
    summary: "The five articles read most in the day, ISO week or month (UTC) of a date",
    parameters: [
      pathParameter("granularity", { type: "string", enum: granularities }),
      pathParameter("date", {
        type: "string",
        format: "date",
        pattern: DAY,
        examples: ["2018-05-01"],
      }),
      ifNoneMatch,
    ],
    answers: jsonAnswers("the rank with its articles, the one read most first", rank),
    problems: [400, 404],
  },
];
