import { describe, expect, it } from "vitest";
import {
  type Action,
  actionsOfShard,
  actionsOfTablet,
  listDataCenters,
  toConfirm,
  toRequest,
  toShardRows,
} from "#functions/serve-web/web/actions.ts";
import type { OperationItem, Tablet } from "#functions/serve-web/web/api-types.ts";
import { toAbout, toDuration, toFacts } from "#functions/serve-web/web/format.ts";
import { controlsOf, phasesOf, rowsOf } from "#functions/serve-web/web/operation-state.ts";
import {
  backUp,
  dropTablet,
  healTablet,
  joinTablet,
  migrate,
  promoteStandby,
  splitRequest,
} from "#shared/tablet-requests.ts";

const tablet = (name: string, shard: string, role = "replica"): Tablet => ({
  ...{ tablet: name, alias: name, dataCenter: name.replace(/-.*/, ""), shard, role },
  ...{ state: "serving", lagSeconds: null, isManaged: true },
});
const open = { shard: "", to: "hongkong", replace: false, force: false };

describe("what an action asks for", () => {
  it.each([
    { schema: joinTablet, action: { kind: "join-tablet", dataCenter: "beijing" } },
    { schema: dropTablet, action: { kind: "drop-tablet", tablet: "beijing-102" } },
    { schema: healTablet, action: { kind: "heal-tablet", tablet: "beijing-102" } },
    { schema: backUp, action: { kind: "back-up", shard: "tagenal/-80" } },
    { schema: migrate, action: { kind: "migrate", shard: "tagenal/-80" } },
    { schema: splitRequest, action: { kind: "split", shard: "tagenal/-80" } },
    {
      schema: promoteStandby,
      action: { kind: "promote-standby", shard: "tagenal/-80", tablet: "beijing-102" },
    },
  ] as { schema: typeof joinTablet; action: Action }[])(
    "is what the API takes for $action.kind",
    ({ schema, action }) => {
      expect(schema.safeParse(toRequest(action, open)).error).toBeUndefined();
    },
  );

  it("names the shard of a join only where one was chosen", () => {
    const join: Action = { kind: "join-tablet", dataCenter: "beijing" };
    expect(toRequest(join, open)).not.toHaveProperty("shard");
    expect(toRequest(join, { ...open, shard: "tagenal/80-" })).toHaveProperty(
      "shard",
      "tagenal/80-",
    );
  });

  it("has to be typed once more where it drops or moves", () => {
    expect(toConfirm({ kind: "drop-tablet", tablet: "beijing-102" })).toBe("beijing-102");
    expect(toConfirm({ kind: "migrate", shard: "tagenal/-80" })).toBe("tagenal/-80");
    expect(toConfirm({ kind: "back-up", shard: "tagenal/-80" })).toBeUndefined();
  });
});

describe("the board of servers", () => {
  const tablets = [
    tablet("hongkong-201", "tagenal/80-", "primary"),
    tablet("beijing-203", "tagenal/80-"),
    tablet("beijing-101", "tagenal/-80", "primary"),
  ];

  it("has a row a shard, a cell a data center, and each shard's home", () => {
    const rows = toShardRows(tablets, ["beijing", "hongkong"]);
    const names = rows.map(({ shard, home, cells }) => [
      ...[shard, home],
      ...cells.map((cell) => cell.map((one) => one.tablet)),
    ]);
    expect(names).toEqual([
      ["tagenal/-80", "beijing", ["beijing-101"], []],
      ["tagenal/80-", "hongkong", ["beijing-203"], ["hongkong-201"]],
    ]);
  });

  it("has a column for a data center that is new", () => {
    expect(listDataCenters([tablet("shenzhen-1", "a/0")], ["beijing"])).toEqual([
      "beijing",
      "shenzhen",
    ]);
  });

  it("offers what makes sense for a role", () => {
    const kinds = (role: string) =>
      actionsOfTablet(tablet("beijing-102", "a/0", role)).map(({ kind }) => kind);
    expect(kinds("primary")).toEqual(["drop-tablet"]);
    expect(kinds("replica")).toEqual(["promote-standby", "heal-tablet", "drop-tablet"]);
    expect(kinds("drained")).toEqual(["heal-tablet", "drop-tablet"]);
    const [whole] = toShardRows([tablet("beijing-301", "global/0", "primary")], []);
    expect(whole && actionsOfShard(whole).map(({ kind }) => kind)).toEqual(["back-up", "migrate"]);
    const [row] = toShardRows(tablets, []);
    expect(row && actionsOfShard(row)).toContainEqual({
      ...{ kind: "migrate", shard: "tagenal/-80", dataCenter: "beijing" },
    });
  });
});

const operation = (parts: Partial<OperationItem>): OperationItem => ({
  ...{ id: "1", kind: "migrate", state: "running", createdAt: "", updatedAt: "" },
  ...{ request: {}, progress: {}, result: null, problem: null },
  ...parts,
});

describe("an operation", () => {
  it.each([
    { state: "running", controls: ["pause", "cancel"] },
    { state: "waiting", controls: ["pause", "cancel"] },
    { state: "paused", controls: ["resume", "cancel"] },
    { state: "succeeded", controls: [] },
    { state: "cancelled", controls: [] },
  ])("that is $state takes $controls", ({ state, controls }) => {
    expect(controlsOf({ state })).toEqual(controls);
  });

  it("shows how long its phases took, and which one it is in", () => {
    const phases = [
      { name: "look", startedAt: 1_000 },
      { name: "copy", startedAt: 3_500 },
    ];
    expect(phasesOf(operation({ progress: { phases } }))).toEqual([
      { name: "look", seconds: 2.5 },
      { name: "copy", seconds: undefined },
    ]);
    const result = { phases: [{ name: "look", seconds: 2 }] };
    expect(phasesOf(operation({ result }))).toEqual([{ name: "look", seconds: 2 }]);
    expect(phasesOf(operation({}))).toEqual([]);
  });

  it("counts the rows of a load", () => {
    const rows = { done: 5, total: 10, rowsPerSecond: 1, secondsLeft: 5 };
    expect(rowsOf(operation({ progress: { rows } }))).toEqual({
      done: 5,
      total: 10,
      secondsLeft: 5,
    });
    expect(rowsOf(operation({}))).toBeUndefined();
  });

  it("says what it is about", () => {
    expect(toAbout({ kind: "migrate", shard: "tagenal/-80", to: "hongkong", confirm: "x" })).toBe(
      "tagenal/-80 → hongkong",
    );
  });
});

describe("values", () => {
  it.each([
    { seconds: 0.25, words: "0.3 s" },
    { seconds: 42.4, words: "42 s" },
    { seconds: 119.6, words: "2 min 0 s" },
    { seconds: 3_725, words: "1 h 2 min" },
  ])("show $seconds seconds as $words", ({ seconds, words }) => {
    expect(toDuration(seconds)).toBe(words);
  });

  it("leave out what says nothing", () => {
    const plan = { kind: "x", steps: [], shard: "a/0", force: false, replace: true, backup: null };
    expect(toFacts(plan)).toEqual([
      ["Shard", "a/0"],
      ["Let another server join first", "yes"],
    ]);
  });
});
