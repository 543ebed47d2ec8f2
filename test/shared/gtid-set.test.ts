import { describe, expect, it } from "vitest";
import { countMissing } from "#shared/gtid-set.ts";

const A = "0b8beec9-911e-11e9-9f7b-8a057645f3f6";
const B = "1efdc5b2-911f-11e9-9c1b-8a057645f3f6";

describe("a set of transactions", () => {
  it.each([
    ["nothing and nothing", "", "", 0],
    ["the same", `${A}:1-5`, `${A}:1-5`, 0],
    ["less", `${A}:1-5`, `${A}:1-9`, 0],
    ["more at the end", `${A}:1-9`, `${A}:1-5`, 4],
    ["one in a hole", `${A}:1-9`, `${A}:1-4:6-9`, 1],
    ["holes on both sides", `${A}:1-3:7-9`, `${A}:2:8-20`, 3],
    ["another origin", `${A}:1-5,${B}:1-2`, `${A}:1-5`, 2],
    ["several lines, as MySQL prints them", `${A}:1-5,\n${B}:7`, `${A}:1-5,\n${B}:1-6`, 1],
    ["one number", `${B}:7`, `${B}:7`, 0],
    ["tags, which count by themselves", `${A}:1-5:night:1-3`, `${A}:1-5:night:1`, 2],
  ])("counts what the other has not: %s", (_, one, other, count) => {
    expect(countMissing(one, other)).toBe(count);
  });
});
