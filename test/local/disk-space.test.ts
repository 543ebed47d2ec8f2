import { describe, expect, it } from "vitest";
import { describeSpace } from "#infra/local/cluster/disk-space.ts";

describe("the space left on the disk of a home", () => {
  it("is not mentioned while there is enough", () => {
    expect(describeSpace(10 * 1024 ** 3, "/home")).toBeUndefined();
  });

  it("is told when it runs short, and what happens then", () => {
    const text = describeSpace(100 * 1024 ** 2 + 5, "/home");
    expect(text).toMatch(/disk of \/home has 100 MiB left.*writes wait.*nothing is lost/);
  });
});
