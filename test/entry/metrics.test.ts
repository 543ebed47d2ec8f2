import { describe, expect, it } from "vitest";
import { mergeMetrics } from "#infra/local/entry/metrics.ts";

const toText = (name: string, ...samples: string[]): string =>
  [`# HELP ${name} Help.`, `# TYPE ${name} counter`, ...samples, ""].join("\n");

describe("metrics of many functions", () => {
  it("have one head for each metric, and its samples below it", () => {
    const one = toText("a_total", 'a_total{function="x"} 1') + toText("b_total", "b_total 2");
    const other = toText("b_total", "b_total 3") + toText("a_total", 'a_total{function="y"} 4');
    expect(mergeMetrics([one, "", other])).toBe(
      toText("a_total", 'a_total{function="x"} 1', 'a_total{function="y"} 4') +
        toText("b_total", "b_total 2", "b_total 3"),
    );
  });
});
