import { describe, expect, it } from "vitest";
import { areMinorities } from "#infra/local/cluster/bring-up.ts";
import { toPorts } from "#infra/local/cluster/layout.ts";

const { tablets } = toPorts(21_000);

const named = (...names: string[]) => tablets.filter(({ name }) => names.includes(name));

describe("tablets that do not come up", () => {
  it("are not waited for while more than half of each shard is there", () => {
    expect(areMinorities(named("beijing-301"), tablets)).toBe(true);
    expect(areMinorities(named("beijing-101", "hongkong-202", "hongkong-303"), tablets)).toBe(true);
  });

  it("are waited for when a shard could not elect a primary without them", () => {
    expect(areMinorities(named("beijing-101", "beijing-102"), tablets)).toBe(false);
  });

  it("are waited for when a shard has only them", () => {
    expect(areMinorities(named("beijing-101"), named("beijing-101"))).toBe(false);
  });
});
