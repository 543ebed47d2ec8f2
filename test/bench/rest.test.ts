import { describe, expect, it } from "vitest";
import { busyShare, toTimes } from "./rest.ts";

const cpu = (user: number, idle: number) => ({ times: { user, nice: 0, sys: 0, idle, irq: 0 } });

describe("the share of time in which the processors were busy", () => {
  it("counts all processors together", () => {
    const before = toTimes([cpu(100, 1_000), cpu(200, 1_000)]);
    const after = toTimes([cpu(200, 1_000), cpu(200, 1_100)]);
    expect(busyShare(before, after)).toBe(0.5);
  });

  it("is nothing where no time has passed", () => {
    const now = toTimes([cpu(1, 1)]);
    expect(busyShare(now, now)).toBe(0);
  });
});
