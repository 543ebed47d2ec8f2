/** The periods before and after one. Pure; days are YYYY-MM-DD in UTC, as periods are counted. */
import type { Granularity } from "./choices.ts";

const DAY_MS = 86_400_000;

export const toDate = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The day in the period that is so many further; undefined of what is not a day, or before 1970. */
export const shift = (granularity: Granularity, day: string, by: number): string | undefined => {
  const time = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN;
  if (Number.isNaN(time)) return undefined;
  const date = new Date(time);
  const shifted =
    granularity === "monthly"
      ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by)
      : time + by * DAY_MS * (granularity === "weekly" ? 7 : 1);
  return shifted < 0 ? undefined : toDate(shifted);
};
