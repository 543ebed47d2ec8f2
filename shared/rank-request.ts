/** What a caller asks for with a rank: its granularity and any day of its period. */
import { z } from "zod";
import { isProblem } from "./problem.ts";
import { granularities, parseDate } from "./rank-period.ts";

const isDate = (text: string): boolean => {
  try {
    return parseDate(text) >= 0;
  } catch (error) {
    if (isProblem(error)) return false;
    throw error;
  }
};

export const rankRequest = z.strictObject({
  kind: z.literal("rank"),
  granularity: z.enum(granularities),
  date: z
    .string()
    .refine(isDate, "must be a day such as 2015-05-01")
    .meta({ format: "date", examples: ["2018-05-01"] }),
});
