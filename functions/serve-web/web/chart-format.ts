/** Values of charts as people read them. Pure. */
import { toBytes, toCount, toRate } from "./format.ts";
import { texts } from "./texts.ts";

const toSeconds = (value: number): string => {
  if (value === 0) return "0";
  if (value < 0.001) return `${Math.round(value * 1e6)} µs`;
  if (value < 1) return `${toRate(value * 1_000)} ms`;
  return value < 120 ? `${toRate(value)} s` : `${toCount(Math.round(value / 60))} min`;
};

const byUnit: Readonly<Record<string, (value: number) => string>> = {
  seconds: toSeconds,
  bytes: toBytes,
  percent: (value) => `${Math.round(value)} %`,
  share: (value) => `${Math.round(100 * value)} %`,
  "per second": (value) => `${toRate(value)}/s`,
};

export const toValue = (value: number | null, unit: string): string =>
  value === null ? texts.none : (byUnit[unit] ?? toCount)(value);
