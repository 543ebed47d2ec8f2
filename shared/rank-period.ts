/**
 * The periods that articles are ranked by: days, weeks from Monday (ISO 8601) and months, all in
 * UTC. Each granularity cuts time into periods without gap or overlap. Pure.
 */
import { Problem } from "./problem.ts";

export const granularities = ["daily", "weekly", "monthly"] as const;
export type Granularity = (typeof granularities)[number];

export interface Period {
  readonly granularity: Granularity;
  /** Milliseconds since 1970, the first of the period. */
  readonly start: number;
  /** The first that is no longer in it. */
  readonly end: number;
}

const DAY_MS = 86_400_000;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

const floorTo = (time: number, length: number, from: number): number =>
  from + Math.floor((time - from) / length) * length;

const toMonth = (time: number): { start: number; end: number } => {
  const date = new Date(time);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
};

const toDays = (time: number, days: number, from: number): { start: number; end: number } => {
  const start = floorTo(time, days * DAY_MS, from);
  // Time begins in 1970, in the middle of a week.
  return { start: Math.max(0, start), end: start + days * DAY_MS };
};

/** The period that a time lies in; `time` in milliseconds since 1970. */
export const periodOf = (granularity: Granularity, time: number): Period => {
  const bounds = {
    daily: () => toDays(time, 1, 0),
    weekly: () => toDays(time, 7, FIRST_MONDAY_MS),
    monthly: () => toMonth(time),
  }[granularity]();
  return { granularity, ...bounds };
};

export const toDate = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** A day as YYYY-MM-DD, from 1970 on; answers its first millisecond. */
export const parseDate = (text: string): number => {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes a 31st of any month for the first of the next.
  if (time >= 0 && toDate(time) === text) return time;
  const given = JSON.stringify(text.slice(0, 60));
  throw new Problem("invalid-request", `date is ${given}, not a day such as 2015-05-01`, {
    field: "date",
  });
};
