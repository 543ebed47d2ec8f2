import { describe, expect, it } from "vitest";
import { createFresh } from "#shared/fresh.ts";

describe("a fresh answer", () => {
  it("is made once for all who ask in its time, and then anew", async () => {
    let made = 0;
    const read = createFresh(async () => ++made, 50);
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await read()).toBe(2);
  });

  it("is not kept where the work failed", async () => {
    let made = 0;
    const read = createFresh(async () => {
      made += 1;
      if (made === 1) throw new Error("not now");
      return made;
    }, 60_000);
    await expect(read()).rejects.toThrow("not now");
    expect(await read()).toBe(2);
  });
});
