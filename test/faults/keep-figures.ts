/** What a test has measured, for results.json: times depend on the machine, so no test asserts them. */
import { TestRunner } from "vitest";

export interface Figures {
  readonly writes: number;
  readonly reads: number;
  readonly errors: number;
  readonly longestWriteMs: number;
  readonly longestReadMs: number;
}

type Traffic = Omit<Figures, "errors"> & { readonly errors: readonly string[] };

declare module "@vitest/runner" {
  interface TaskMeta {
    figures?: Figures;
  }
}

export const keepFigures = (traffic: Traffic): void => {
  const { writes, reads, errors, longestWriteMs, longestReadMs } = traffic;
  const test = TestRunner.getCurrentTest();
  if (test === undefined) return;
  test.meta.figures = {
    ...{ writes, reads, errors: errors.length },
    longestWriteMs: Math.round(longestWriteMs),
    longestReadMs: Math.round(longestReadMs),
  };
};
