import { describe, expect, it } from "vitest";
import {
  type Action,
  actionsOfShard,
  actionsOfTablet,
  type Choice,
  listDataCenters,
  toConfirm,
  toRequest,
  toShardRows,
} from "#functions/serve-web/web/actions.ts";
import type { OperationItem, Placement, Tablet } from "#functions/serve-web/web/api-types.ts";
import { toHeld, toShardFigures, toTotals } from "#functions/serve-web/web/cluster-figures.ts";
import { toAbout, toBytes, toDuration, toFacts, toRate } from "#functions/serve-web/web/format.ts";
import {
  controlsOf,
  phasesOf,
  rowsOf,
  toPastTimes,
} from "#functions/serve-web/web/operation-state.ts";
import {
  backUp,
  dropTablet,
  evacuate,
  failOver,
  healTablet,
  joinTablet,
  migrate,
  promoteStandby,
  restore,
  splitRequest,
} from "#shared/tablet-requests.ts";

const tablet = (name: string, shard: string, role = "replica"): Tablet => ({
  ...{ tablet: name, alias: name, dataCenter: name.replace(/-.*/, ""), shard, role },
  ...{ state: "serving", lagSeconds: null, isManaged: true, pod: null, stateSince: null },
  ...{ primarySince: null, queriesPerSecond: null, p99Milliseconds: null, connections: null },
  ...{ uptimeSeconds: null, version: null, errantGtids: null, cpuPercent: null },
  ...{ memoryBytes: null, diskUsedBytes: null, diskFreeBytes: null, lastBackupAt: null },
});
const open: Choice = {
  ...{ shard: "", to: "hongkong", replace: false, force: false, at: "", keepSeconds: 600 },
  subject: "category:science",
};

describe("what an action asks for", () => {
  it.each([
    { schema: joinTablet, action: { kind: "join-tablet", dataCenter: "beijing" } },
    { schema: dropTablet, action: { kind: "drop-tablet", tablet: "beijing-102" } },
    { schema: healTablet, action: { kind: "heal-tablet", tablet: "beijing-102" } },
    { schema: backUp, action: { kind: "back-up", shard: "tagenal/-80" } },
    { schema: migrate, action: { kind: "migrate", shard: "tagenal/-80" } },
    { schema: splitRequest, action: { kind: "split", shard: "tagenal/-80" } },
    { schema: migrate, action: { kind: "migrate", dataCenter: "hongkong" } },
    { schema: restore, action: { kind: "restore", shard: "tagenal/-80" } },
    { schema: promoteStandby, action: { kind: "promote-standby", shard: "tagenal/-80" } },
    { schema: evacuate, action: { kind: "evacuate", dataCenter: "beijing" } },
    { schema: failOver, action: { kind: "fail-over-data-center", dataCenter: "beijing" } },
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

  it("moves a category to the data center where that was asked, and cuts a shard where told", () => {
    expect(toRequest({ kind: "migrate", dataCenter: "beijing" }, open)).toEqual({
      ...{ kind: "migrate", category: "science", to: "beijing", confirm: "science" },
    });
    const split: Action = { kind: "split", shard: "tagenal/-80" };
    expect(toRequest(split, open)).not.toHaveProperty("at");
    expect(toRequest(split, { ...open, at: "40" })).toMatchObject({ at: "40", keepSeconds: 600 });
  });

  it("has to be typed once more where it drops or moves", () => {
    const confirm = (action: Action) => toConfirm(action, open);
    expect(confirm({ kind: "drop-tablet", tablet: "beijing-102" })).toBe("beijing-102");
    expect(confirm({ kind: "migrate", shard: "tagenal/-80" })).toBe("tagenal/-80");
    expect(confirm({ kind: "migrate", dataCenter: "beijing" })).toBe("science");
    expect(confirm({ kind: "evacuate", dataCenter: "beijing" })).toBe("beijing");
    expect(confirm({ kind: "back-up", shard: "tagenal/-80" })).toBeUndefined();
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
    expect(whole && actionsOfShard(whole).map(({ kind }) => kind)).toEqual([
      ...["promote-standby", "back-up", "restore", "migrate"],
    ]);
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
    expect(controlsOf(operation({ state }))).toEqual(controls);
  });

  it("can be undone where it is a split that keeps its old shard, and not when it is taken back", () => {
    const kept = operation({ kind: "split", progress: { phase: "keep" } });
    expect(controlsOf(kept)).toEqual(["pause", "undo"]);
    expect(controlsOf(operation({ kind: "split", progress: { phase: "copy" } }))).toContain(
      "cancel",
    );
    expect(controlsOf(operation({ progress: { phase: "copy", takeBack: "cancel" } }))).toEqual([]);
  });

  it("may take as long as those before it", () => {
    const took = (seconds: number) => ({
      createdAt: new Date(0).toISOString(),
      updatedAt: new Date(seconds * 1_000).toISOString(),
    });
    expect(toPastTimes([took(9), took(2), took(4), took(30)])).toEqual({
      ...{ count: 4, shortest: 2, usual: 4, longest: 30 },
    });
    expect(toPastTimes([])).toBeUndefined();
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
      perSecond: 1,
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

  it("show what a load has done in words", () => {
    const tables = { users: { rows: 10_000, shards: { "-80": 5_994, "80-": 4_006 } } };
    expect(toFacts({ tables, seconds: { plan: 16.725, load: 20 }, verified: true })).toEqual([
      ["Tables", "users (rows 10,000, shards (-80 5,994, 80- 4,006))"],
      ["Seconds", "plan 16.7, load 20"],
      ["Compared", "yes"],
    ]);
    expect(toFacts({ splits: [{ shard: "a/-", targets: ["a/-80", "a/80-"] }] })).toEqual([
      ["Splits first", "Shard a/-, Halves (a/-80, a/80-)"],
    ]);
  });
});

describe("what the cluster page reckons", () => {
  const load = (shard: string, rows: number, queriesPerSecond: number) => ({
    ...{ shard, primary: null, rows, bytes: rows * 10, queriesPerSecond },
  });
  const placed = (shard: string, dataCenter: string, rows: number) => ({
    ...{ table: "user", shard, dataCenter, copies: 2, rows, isExact: true, bytes: rows * 10 },
  });
  const placement: Placement = {
    at: "",
    items: [placed("tagenal/-80", "beijing", 30), placed("tagenal/-80", "hongkong", 20)],
    shards: [load("tagenal/-80", 30, 0), load("tagenal/80-", 10, 8), load("global/0", 1_000, 2)],
    findings: [{ kind: "skew", shard: "tagenal/-80", says: "has much" }],
  };

  it("is a shard's share of its own keyspace", () => {
    expect(toShardFigures(placement, "tagenal/-80")).toMatchObject({
      ...{ rows: 30, bytes: 300, rowShare: 0.75, queryShare: 0 },
      findings: [{ kind: "skew" }],
    });
    expect(toShardFigures(placement, "global/0")).toMatchObject({ rowShare: 1, findings: [] });
    expect(toShardFigures(placement, "tagenal/new")).toBeUndefined();
    expect(toShardFigures(undefined, "tagenal/-80")).toBeUndefined();
  });

  it("is what a data center has of a shard", () => {
    expect(toHeld(placement, "tagenal/-80", "hongkong")).toEqual({
      ...{ rows: 20, bytes: 200, copies: 2 },
    });
    expect(toHeld(placement, "tagenal/80-", "beijing")).toBeUndefined();
  });

  it("is whether all serve, and each shard has a primary that does", () => {
    const rates = { reads: 1, writes: 2 };
    const tablets: Tablet[] = [
      { ...tablet("beijing-101", "tagenal/-80", "primary"), queriesPerSecond: rates },
      { ...tablet("beijing-102", "tagenal/-80"), lagSeconds: 3 },
      { ...tablet("hongkong-201", "tagenal/80-", "primary"), state: "not serving" },
    ];
    expect(toTotals(tablets, placement)).toMatchObject({
      ...{ servers: 3, serving: 2, shards: 2, led: 1, queriesPerSecond: 3, lag: 3, rows: 1_040 },
    });
  });

  it("is written so that it can be read", () => {
    expect([0, 1_023, 1_536, 10_485_760, 3e12].map(toBytes)).toEqual([
      ...["0 B", "1023 B", "1.5 KiB", "10 MiB", "2.7 TiB"],
    ]);
    expect([0, 0.25, 12.34, 1_234.5].map(toRate)).toEqual(["0", "0.3", "12.3", "1,235"]);
  });
});
