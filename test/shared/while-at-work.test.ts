import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { whileAtWork } from "#shared/while-at-work.ts";

describe("what is done while something else is at work", () => {
  it("is done again and again, though it fails, and not any more afterwards", async () => {
    let times = 0;
    const again = async () => {
      times += 1;
      throw new Error("not just now");
    };
    const result = await whileAtWork(() => sleep(60, "done"), { again, everyMs: 5 });
    expect(result).toBe("done");
    const done = times;
    expect(done).toBeGreaterThan(2);
    await sleep(20);
    expect(times).toBe(done);
  });

  it("ends with the work's own failure", async () => {
    const work = async () => {
      throw new Error("the switch failed");
    };
    const again = async () => undefined;
    await expect(whileAtWork(work, { again, everyMs: 5 })).rejects.toThrow("the switch failed");
  });
});
