/** What a test has measured, for results.json: times depend on the machine, so no test asserts them. */
import { TestRunner } from "vitest";
import type { Found } from "../integration/under-traffic.ts";

export interface Figures {
  readonly writes: number;
  readonly reads: number;
  readonly errors: number;
  readonly longestWriteMs: number;
  readonly longestReadMs: number;
}

declare module "@vitest/runner" {
  interface TaskMeta {
    figures?: Figures;
  }
}

/** Answers what it was given. */
export const keepFigures = <T extends Found<unknown>>(found: T): T => {
  const { writes, reads, errors, longestWriteMs, longestReadMs } = found.traffic;
  const test = TestRunner.getCurrentTest();
  if (test !== undefined)
    test.meta.figures = {
      ...{ writes, reads, errors: errors.length },
      longestWriteMs: Math.round(longestWriteMs),
      longestReadMs: Math.round(longestReadMs),
    };
  return found;
};
