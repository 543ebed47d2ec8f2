import { describe, expect, it } from "vitest";
import {
  decideMove,
  decideMoveBack,
  type Move,
  type MoveAction,
  toEvacuation,
} from "#functions/migrate-shard/decide-move.ts";
import { findOthers } from "#functions/run-operations/create-kind.ts";
import { planMove } from "#functions/run-operations/migrate-kind.ts";
import { decideMigration } from "#shared/decide-migration.ts";
import { FIRST_PLACEMENT } from "#shared/placement.ts";
import type { SplitView } from "#shared/split-view.ts";
import { obey, split, whole } from "./split-views.ts";
import { managed, primary, tablet, toView } from "./views.ts";

describe("the move of a region or category", () => {
  it.each([
    {
      ...{ range: "40-80", serving: ["-80", "80-"] },
      ...{ splits: [{ shard: "-80", targets: ["-40", "40-80"] }], moving: ["40-80"] },
    },
    { range: "40-80", serving: ["-40", "40-80", "80-"], splits: [], moving: ["40-80"] },
    { range: "40-80", serving: ["-40", "40-60", "60-80"], splits: [], moving: ["40-60", "60-80"] },
    {
      ...{ range: "c0-", serving: ["-80", "80-"] },
      ...{ splits: [{ shard: "80-", targets: ["80-c0", "c0-"] }], moving: ["c0-"] },
    },
    {
      range: "40-80",
      serving: ["-"],
      splits: [
        { shard: "-", targets: ["-40", "40-"] },
        { shard: "40-", targets: ["40-80", "80-"] },
      ],
      moving: ["40-80"],
    },
  ])("of $range out of $serving", ({ range, serving, splits, moving }) => {
    expect(planMove(range, serving, FIRST_PLACEMENT)).toEqual({ splits, moving });
  });

  const move: Move = {
    splits: [split],
    migrations: [{ id: "op/tagenal/40-80", shard: "tagenal/40-80", to: "beijing" }],
  };

  const run = (from: SplitView) => {
    let view = from;
    const views = [from];
    for (let left = 100; left > 0; left -= 1) {
      const decision = decideMove(move, view);
      if (decision.kind !== "act" || decision.action.kind !== "split")
        return { view, views, decision };
      view = obey(view, decision.action.action);
      views.push(view);
    }
    throw new Error("it goes on for ever");
  };

  it("cuts it off first, and then moves what was cut off", () => {
    const { decision, view } = run(whole());
    expect(view.shards.map(({ name }) => name).sort()).toEqual(["-40", "40-80", "80-"]);
    expect(decision).toMatchObject({ kind: "done", result: { shard: "tagenal/40-80" } });
  });

  it("is taken back only where the cut is under way", () => {
    const { views, view } = run(whole());
    expect(decideMoveBack(move, view)).toEqual({ kind: "done", result: {} });
    const half = views[10] ?? whole();
    expect(decideMoveBack(move, half)).toMatchObject({ kind: "act", action: { kind: "split" } });
  });
});

describe("a data center that is evacuated", () => {
  const tablets = [primary("hongkong-201"), tablet("hongkong-202"), tablet("beijing-203")];
  const [migration] = toEvacuation("op", "hongkong", toView(tablets));

  it("is left for where the shard has other servers", () => {
    expect(migration).toEqual({
      ...{ id: "op/tagenal/-80", shard: "tagenal/-80", to: "beijing", leaving: "hongkong" },
    });
  });

  it("keeps none of its servers, once there are three elsewhere", () => {
    if (migration === undefined) throw new Error("nothing to move");
    let view = toView(tablets);
    const done: string[] = [];
    for (;;) {
      const decision = decideMigration(migration, view);
      if (decision.kind !== "act") break;
      const { action } = decision as { action: Exclude<MoveAction, { kind: "leave" | "split" }> };
      done.push((action as { kind: string }).kind);
      view = apply(view, action as never);
    }
    expect(done).toEqual([
      "add",
      "add",
      "hand-over",
      "drain",
      "remove",
      "forget",
      "drain",
      "remove",
      "forget",
    ]);
    expect(view.tablets.every(({ dataCenter }) => dataCenter === "beijing")).toBe(true);
  });
});

describe("a migration that is taken back", () => {
  const names = ["hongkong-201", "hongkong-202", "beijing-203"];
  const [first = "", ...others] = names;
  const before = toView([primary(first), ...others.map((name) => tablet(name))]);
  const nothing = { shards: [], streams: [], copy: undefined, comparisons: [], loads: 0 };
  const [migration] = toEvacuation("op", "hongkong", before);
  const migrations = migration === undefined ? [] : [migration];

  type View = ReturnType<typeof toView>;
  const run = (decide: typeof decideMoveBack, from: View): View[] => {
    const views = [from];
    for (let view = from; views.length < 50; ) {
      const decision = decide({ splits: [], migrations }, { ...view, ...nothing });
      if (decision.kind !== "act") return views;
      const { action } = decision;
      view = apply(view, (action.kind === "leave" ? action.action : action) as never);
      views.push(view);
    }
    throw new Error("it goes on for ever");
  };
  const namesOf = ({ tablets }: View): string[] => tablets.map(({ name }) => name).sort();

  const all = run(decideMove, before);
  const early = all.filter(({ managed: kept }) =>
    names.every((one) => kept.some(({ name }) => name === one)),
  );

  it.each(early.map((view, index) => ({ view, index })))(
    "leaves none of its servers, $index actions on its way",
    ({ view }) => {
      const last = run(decideMoveBack, view).at(-1) ?? before;
      expect(namesOf(last)).toEqual([...names].sort());
      expect(last.managed).toHaveLength(names.length);
      expect(last.tablets.filter(({ type }) => type === "PRIMARY")).toHaveLength(1);
    },
  );

  it("leaves none of its servers where their data center cannot be reached any more", () => {
    const [joined] = early.slice(-1);
    const cut = { ...(joined ?? before), tablets: before.tablets };
    const decision = decideMove({ splits: [], migrations }, { ...cut, ...nothing });
    expect(decision).toMatchObject({ kind: "wait", phase: "start" });
    expect(run(decideMoveBack, cut).at(-1)?.managed).toHaveLength(names.length);
  });

  it("keeps its servers once others have left for them", () => {
    const late = all.slice(early.length);
    expect(late.length).toBeGreaterThan(2);
    for (const view of late) expect(run(decideMoveBack, view)).toHaveLength(1);
  });
});

describe("operations in each other's way", () => {
  const busy = [
    { id: "x", kind: "split", request: { kind: "split", shard: "tagenal/-80" }, progress: {} },
  ];
  it.each([
    { request: { shard: "tagenal/40-80" }, isInTheWay: true },
    { request: { shard: "tagenal/80-" }, isInTheWay: false },
    { request: { shard: "global/0" }, isInTheWay: false },
    { request: { dataCenter: "beijing" }, isInTheWay: true },
  ])("are those whose shards meet: $request", ({ request, isInTheWay }) => {
    expect(findOthers(request, busy).length > 0).toBe(isInTheWay);
  });

  it("are those on a whole data center", () => {
    const evacuation = [
      {
        id: "x",
        kind: "evacuate",
        request: { kind: "evacuate", dataCenter: "beijing" },
        progress: {},
      },
    ];
    expect(findOthers({ shard: "tagenal/80-" }, evacuation)).toHaveLength(1);
    const load = [{ id: "x", kind: "load", request: { kind: "load", source: "s" }, progress: {} }];
    expect(findOthers({ shard: "tagenal/80-" }, load)).toEqual([]);
  });
});

type Action =
  | { readonly kind: "add"; readonly by: string; readonly dataCenter: string }
  | { readonly kind: "hand-over"; readonly from: string; readonly to: string }
  | { readonly kind: "drain" | "forget"; readonly alias: string }
  | { readonly kind: "remove"; readonly name: string };

const apply = (view: ReturnType<typeof toView>, action: Action): ReturnType<typeof toView> => {
  const change = (alias: string, type: "PRIMARY" | "REPLICA" | "DRAINED") =>
    view.tablets.map((one) => (one.alias === alias ? { ...one, type, lag: 0 } : one));
  switch (action.kind) {
    case "add": {
      const name = `${action.dataCenter}-3${10 + view.managed.length}`;
      return {
        ...view,
        tablets: [...view.tablets, tablet(name)],
        managed: [...view.managed, managed(name, { madeBy: action.by })],
      };
    }
    case "hand-over":
      return {
        ...view,
        tablets: view.tablets.map((one) => {
          if (one.alias === action.to) return { ...one, type: "PRIMARY", primarySince: 0 };
          return one.alias === action.from
            ? { ...one, type: "REPLICA", isReplicating: true, lag: 0 }
            : one;
        }),
      };
    case "drain":
      return { ...view, tablets: change(action.alias, "DRAINED") };
    case "remove":
      return { ...view, managed: view.managed.filter(({ name }) => name !== action.name) };
    case "forget":
      return { ...view, tablets: view.tablets.filter(({ alias }) => alias !== action.alias) };
  }
};
