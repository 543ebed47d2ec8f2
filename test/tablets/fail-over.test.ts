import { describe, expect, it } from "vitest";
import { findOrphans, isProvable } from "#functions/run-operations/data-center-kinds.ts";
import type { TabletView } from "#shared/cluster-view.ts";
import {
  decideFailOver,
  decideRescue,
  type FailOver,
  type FailOverAction,
  type FailOverView,
} from "#shared/decide-fail-over.ts";
import { managed, primary, tablet, toView, usual } from "./views.ts";

const failOver: FailOver = {
  ...{ id: "op", dataCenter: "beijing", durability: { tagenal: "semi_sync" } },
};

/** One shard, whose home is lost: of three one is left. */
const lost = (): FailOverView => ({
  ...toView(usual.map((one) => ({ ...one, isServing: one.dataCenter !== "beijing" }))),
  shards: [{ keyspace: "tagenal", name: "-80", primary: "beijing-0000000101", isServing: true }],
  policies: { tagenal: "semi_sync" },
  promotions: [],
});

const obey = (view: FailOverView, action: FailOverAction): FailOverView => {
  switch (action.kind) {
    case "fence":
      return {
        ...view,
        managed: view.managed.map((one) => ({
          ...one,
          isFenced: one.isFenced || action.names.includes(one.name),
        })),
      };
    case "set-durability":
      return { ...view, policies: { ...view.policies, [action.keyspace]: action.policy } };
    case "promote":
      return {
        ...view,
        shards: view.shards.map((one) => ({ ...one, primary: action.to ?? "" })),
        tablets: view.tablets.map((one) =>
          one.alias === action.to
            ? { ...one, type: "PRIMARY" as const, isReplicating: false }
            : one,
        ),
        promotions: [{ shard: action.shard }],
      };
    case "forget":
      return { ...view, tablets: view.tablets.filter(({ alias }) => alias !== action.alias) };
    case "add": {
      const name = `hongkong-1${10 + view.managed.length}`;
      return {
        ...view,
        tablets: [...view.tablets, tablet(name)],
        managed: [...view.managed, managed(name, { madeBy: action.by })],
      };
    }
  }
};

const run = (from: FailOverView) => {
  let view = from;
  const done: string[] = [];
  for (;;) {
    const decision = decideFailOver(failOver, view);
    if (decision.kind !== "act") return { view, done, decision };
    const { action } = decision;
    done.push(action.kind === "set-durability" ? action.policy : action.kind);
    if (done.length > 50) throw new Error(done.join(", "));
    view = obey(view, action);
  }
};

describe("the loss of a data center", () => {
  it("is answered by a fence first, and by the usual durability last", () => {
    const { done, decision } = run(lost());
    expect(done).toEqual([
      ...["fence", "none", "promote", "forget", "forget", "add", "add", "semi_sync"],
    ]);
    expect(decision).toMatchObject({
      kind: "done",
      result: { dataCenter: "beijing", promoted: [{ shard: "tagenal/-80" }] },
    });
  });

  it("promotes nobody before all that can be reached is fenced", () => {
    const names = ["beijing-101", "beijing-102"];
    expect(decideRescue(failOver, lost())).toMatchObject({ action: { kind: "fence", names } });
  });

  it("goes on from wherever it was cut short", () => {
    let view = lost();
    for (;;) {
      expect(run(view).view.shards[0]?.primary).toBe("hongkong-0000000103");
      expect(run(view).view.policies).toEqual({ tagenal: "semi_sync" });
      const decision = decideFailOver(failOver, view);
      if (decision.kind !== "act") break;
      view = obey(view, decision.action);
    }
  });

  it("leaves the choice to Vitess where several survive", () => {
    const view = lost();
    const other: TabletView = tablet("hongkong-104");
    const fenced = obey(
      { ...view, tablets: [...view.tablets, other] },
      {
        ...{ kind: "fence", names: ["beijing-101", "beijing-102"] },
      },
    );
    const loosened = obey(fenced, { kind: "set-durability", keyspace: "tagenal", policy: "none" });
    expect(decideRescue(failOver, loosened)).toMatchObject({
      action: {
        ...{ kind: "promote", to: undefined },
        ignored: ["beijing-0000000101", "beijing-0000000102"],
      },
    });
  });

  it("fails where nothing of a shard is left", () => {
    const view = lost();
    const gone = { ...view, tablets: view.tablets.filter((one) => one.dataCenter === "beijing") };
    const fenced = obey(gone, { kind: "fence", names: ["beijing-101", "beijing-102"] });
    const loosened = obey(fenced, { kind: "set-durability", keyspace: "tagenal", policy: "none" });
    expect(decideRescue(failOver, loosened)).toMatchObject({ kind: "fail" });
  });

  it("leaves a shard alone that has its primary and a replica elsewhere", () => {
    const tablets = [primary("hongkong-201"), tablet("hongkong-202"), tablet("beijing-203")];
    const view: FailOverView = {
      ...lost(),
      ...toView(tablets),
      shards: [
        { keyspace: "tagenal", name: "-80", primary: "hongkong-0000000201", isServing: true },
      ],
    };
    expect(run(view).done).toEqual(["fence", "forget", "add"]);
  });

  it("has to be confirmed by name where the tablets port does not reach every server", () => {
    expect(isProvable(lost(), "beijing")).toBe(true);
    expect(isProvable({ ...lost(), managed: [] }, "beijing")).toBe(false);
  });

  it("is not survived by a shard that has no server elsewhere", () => {
    const view = toView([primary("beijing-101"), tablet("beijing-102")]);
    expect(findOrphans(view, "beijing")).toEqual(["tagenal/-80 has no server outside beijing"]);
    expect(findOrphans(lost(), "beijing")).toEqual([]);
  });
});
