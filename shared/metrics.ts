/**
 * Metrics, each defined beside what it measures, under the name and labels that Prometheus knows it
 * by. Without a meter (shared/telemetry.ts) they cost a comparison.
 *
 * Every combination of labels costs memory for good: labels are names of things, never ids.
 */
import type { Attributes, Meter } from "@opentelemetry/api";

export type Labels = Attributes;

/** As which Prometheus reads them. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** From a point query to a step of an operation. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

let meter: Meter | undefined;

export const measureWith = (given: Meter): void => {
  meter = given;
};

export const isMeasuring = (): boolean => meter !== undefined;

/** Made at its first use: the meter may come after the definition. */
const lazily = <T>(make: (meter: Meter) => T): (() => T | undefined) => {
  let made: T | undefined;
  return () => {
    if (made === undefined && meter !== undefined) made = make(meter);
    return made;
  };
};

/** Durations in seconds. */
export const defineDurations = (name: string, description: string) => {
  const advice = { explicitBucketBoundaries: SECONDS };
  const histogram = lazily((on) => on.createHistogram(name, { description, advice }));
  return (seconds: number, labels: Labels): void => histogram()?.record(seconds, labels);
};

export const defineCounter = (name: string, description: string) => {
  const counter = lazily((on) => on.createCounter(name, { description }));
  return (labels: Labels, by = 1): void => counter()?.add(by, labels);
};

/** All values of a gauge at once: what was there before and is not any more becomes 0. */
export const defineGauge = (name: string, description: string) => {
  const gauge = lazily((on) => on.createGauge(name, { description }));
  const seen = new Map<string, Labels>();
  return (values: readonly { readonly labels: Labels; readonly value: number }[]): void => {
    for (const { labels } of values) seen.set(JSON.stringify(labels), labels);
    const given = new Set(values.map(({ labels }) => JSON.stringify(labels)));
    for (const [key, labels] of seen) if (!given.has(key)) gauge()?.record(0, labels);
    for (const { labels, value } of values) gauge()?.record(value, labels);
  };
};

/** Seconds from `startedAt`, a performance.now(). */
export const secondsSince = (startedAt: number): number => (performance.now() - startedAt) / 1_000;
