import { describe, expect, it } from "vitest";
import { toItems } from "#functions/show-cluster/tablet-items.ts";
import { findChanges } from "#functions/watch-tablets/note-states.ts";
import { managed, primary, tablet, toView } from "../tablets/views.ts";

const nothing = { figures: new Map(), states: new Map(), backups: new Map() };
const view = toView(
  [tablet("beijing-102"), primary("beijing-101"), tablet("hongkong-103", { type: "DRAINED" })],
  [managed("hongkong-104"), managed("hongkong-105", { trouble: "it ended 5 times" })],
);

describe("the list of servers", () => {
  it("has one shape for all, the primary first, those that only start at the end", () => {
    const items = toItems(view, nothing);
    expect(items.map(({ tablet: name, role, state }) => [name, role, state])).toEqual([
      ["beijing-101", "primary", "serving"],
      ["beijing-102", "replica", "serving"],
      ["hongkong-103", "drained", "drained"],
      ["hongkong-104", "none", "starting"],
      ["hongkong-105", "none", "it ended 5 times"],
    ]);
    const [shape] = items.map((item) => Object.keys(item));
    for (const item of items) expect(Object.keys(item)).toEqual(shape);
  });

  it("tells since when a state holds, unless it has changed since", () => {
    const states = new Map([
      ["beijing-101", { state: "serving", since: 1_000 }],
      ["beijing-102", { state: "not replicating", since: 2_000 }],
    ]);
    const [first, second] = toItems(view, { ...nothing, states });
    expect(first?.stateSince).toBe("1970-01-01T00:00:01.000Z");
    expect(second?.stateSince).toBeNull();
  });
});

describe("the states that are kept", () => {
  it("change with the servers, and go with them", () => {
    const kept = [
      { tablet: "beijing-101", state: "serving" },
      { tablet: "beijing-102", state: "not replicating" },
      { tablet: "beijing-109", state: "serving" },
    ];
    const { entered, gone } = findChanges(view, kept);
    expect(entered.map(({ tablet: name, state }) => [name, state])).toEqual([
      ["beijing-102", "serving"],
      ["hongkong-103", "drained"],
      ["hongkong-104", "starting"],
      ["hongkong-105", "it ended 5 times"],
    ]);
    expect(gone).toEqual(["beijing-109"]);
  });
});
