import { describe, expect, it } from "vitest";
import { decideSplit } from "#shared/decide-split.ts";
import { decideUnsplit } from "#shared/decide-unsplit.ts";
import { FIRST_PLACEMENT } from "#shared/placement.ts";
import type { Decision } from "#shared/procedure.ts";
import { isSwitched, type Split, type SplitAction } from "#shared/split.ts";
import { cutFor, cutShard } from "#shared/split-names.ts";
import { derivedTables, type SplitView } from "#shared/split-view.ts";
import { obey, split, stream, whole } from "./split-views.ts";

type Decide = (of: Split, view: SplitView) => Decision<SplitAction>;

/** Obeys until there is nothing to do any more; answers what was done and what came of it. */
const run = (decide: Decide, from: SplitView, most = 200) => {
  let view = from;
  const done: string[] = [];
  const views: SplitView[] = [from];
  while (done.length < most) {
    const decision = decide(split, view);
    if (decision.kind !== "act") return { view, views, done, decision };
    done.push(decision.action.kind);
    view = obey(view, decision.action);
    views.push(view);
  }
  throw new Error(`it goes on for ever: ${done.slice(-10).join(", ")}`);
};

/** By table, which shards read which: each serving one has each serving one as a source. */
const streamsOf = (view: SplitView): string[] =>
  view.streams
    .filter(({ workflow }) => derivedTables.includes(workflow))
    .map(
      ({ on, workflow, from, isParked }) =>
        `${workflow} ${on} < ${from}${isParked ? " parked" : ""}`,
    )
    .sort();

const all = (shards: readonly string[]): string[] =>
  derivedTables
    .flatMap((table) => shards.flatMap((on) => shards.map((from) => `${table} ${on} < ${from}`)))
    .sort();

describe("a shard that is split", () => {
  it("goes through servers, copy, comparison, switch and hand-over, and is gone then", () => {
    const { done, decision, view } = run(decideSplit, whole());
    expect(done).toEqual([
      ...["add", "add", "add", "add", "add", "add", "elect", "elect"],
      ...["copy", "compare", "switch", "park", "switch"],
      ...Array.from({ length: 2 * 2 * derivedTables.length }, () => "adopt"),
      ...["forget-parked", "reach", "reach", "start"],
      ...["complete", "remove", "forget", "forget", "forget-shard"],
    ]);
    expect(decision).toMatchObject({
      kind: "done",
      result: { became: ["tagenal/-40", "tagenal/40-80"] },
    });
    expect(streamsOf(view)).toEqual(all(["-40", "40-80", "80-"]));
    expect(view.shards.map(({ name }) => name).sort()).toEqual(["-40", "40-80", "80-"]);
  });

  it("adopts the streams from other shards at the position where they were parked", () => {
    const { view } = run(decideSplit, whole());
    const adopted = view.streams.filter(({ on, from }) => on !== "80-" && from === "80-");
    expect(adopted.map(({ position }) => position)).toEqual(["p1", "p1", "p1", "p1"]);
  });

  it("leaves no stream to Vitess that writes would wait for", () => {
    const { views } = run(decideSplit, whole());
    const index = views.findIndex((view) => isSwitched(split, view));
    const own = views[index - 1]?.streams.filter(({ on }) => on === "-80") ?? [];
    expect(own.map(({ isParked }) => isParked)).toEqual([true, true, true, true]);
  });

  it("lets the streams that leave the old shard begin at once, on each half", () => {
    const { views } = run(decideSplit, whole());
    const view = views.find(
      (one) => isSwitched(split, one) && !one.streams.some(({ isParked }) => isParked),
    );
    const left = { on: "-40", from: "-80" };
    expect(decideSplit(split, view ?? whole())).toMatchObject({
      action: { kind: "reach", streams: [left, left] },
    });
  });

  it("waits for a load to end before it switches", () => {
    const { decision } = run(decideSplit, { ...whole(), loads: 1 });
    expect(decision).toMatchObject({ kind: "wait", next: "a load is at work" });
  });

  it("is not switched where the copy differs", () => {
    const differs = (view: SplitView): SplitView => ({
      ...view,
      comparisons: view.comparisons.map((one) => ({ ...one, hasMismatch: true })),
    });
    const { views } = run(decideSplit, whole());
    const compared = views.find(({ comparisons }) => comparisons.length > 0) ?? whole();
    expect(decideSplit(split, differs(compared))).toMatchObject({ kind: "fail" });
  });

  it("begins the copy anew where its creation was cut short", () => {
    const { views } = run(decideSplit, whole());
    const copied = views.find(({ copy }) => copy !== undefined) ?? whole();
    const [first] = copied.streams.filter(({ workflow }) => workflow === split.workflow);
    const half = { ...copied, streams: copied.streams.filter((one) => one !== first) };
    expect(decideSplit(split, half)).toMatchObject({ kind: "act", action: { kind: "discard" } });
  });

  it("waits while another shard still reads the old one", () => {
    const { views } = run(decideSplit, whole());
    const kept = views.findLast((view) => isSwitched(split, view) && view.copy !== undefined);
    const behind = stream("80-", "be_read", "-80");
    const view = { ...(kept ?? whole()), streams: [...(kept ?? whole()).streams, behind] };
    expect(decideSplit(split, view)).toMatchObject({
      kind: "wait",
      next: "be_read on 80- still reads -80",
    });
  });

  it("lets a stream that has lost the old shard read it where it does not serve", () => {
    const { views } = run(decideSplit, whole());
    const kept = views.findLast((view) => isSwitched(split, view) && view.copy !== undefined);
    const behind = stream("80-", "be_read", "-80", { movedAt: 0 });
    const view = { ...(kept ?? whole()), streams: [...(kept ?? whole()).streams, behind] };
    expect(decideSplit(split, view)).toMatchObject({ kind: "act", action: { kind: "reach" } });
    const [reached] = run(decideSplit, view).views.slice(1);
    expect(decideSplit(split, reached ?? view)).not.toMatchObject({ action: { kind: "reach" } });
  });

  it("keeps the old shard as long as it can be undone", () => {
    const kept = (of: Split, view: SplitView) => decideSplit({ ...of, keepUntil: 1e15 }, view);
    const { decision, view } = run(kept, whole());
    expect(decision).toMatchObject({ kind: "wait", phase: "keep" });
    expect(view.shards.map(({ name }) => name)).toContain("-80");
  });
});

describe("a split that is taken back", () => {
  const kept = (of: Split, view: SplitView) => decideSplit({ ...of, keepUntil: 1e15 }, view);
  const { views } = run(kept, whole());

  it.each(views.map((view, index) => ({ view, index })))(
    "leaves no trace from wherever it was: $index actions on its way",
    ({ view: from }) => {
      const { view, decision } = run(decideUnsplit, from);
      expect(decision).toMatchObject({ kind: "done" });
      expect(streamsOf(view)).toEqual(all(["-80", "80-"]));
      expect(view.shards.map(({ name }) => name).sort()).toEqual(["-80", "80-"]);
      expect(view.tablets.map(({ name }) => name)).toEqual(["beijing-101", "beijing-102"]);
      expect(view.managed.map(({ name }) => name)).toEqual(["beijing-101", "beijing-102"]);
    },
  );

  it("leaves no trace from wherever its own undoing was cut short", () => {
    for (const from of views)
      for (const cut of run(decideUnsplit, from).views)
        expect(streamsOf(run(decideUnsplit, cut).view)).toEqual(all(["-80", "80-"]));
  });

  it("goes on with streams that all stopped at the last position", () => {
    const undone = run(decideUnsplit, views.at(-1) ?? whole());
    expect(undone.done).toContain("line-up");
    const adopted = undone.view.streams.filter(({ on, from }) => on === "-80" && from === "80-");
    expect(adopted.map(({ position }) => position)).toEqual(["last", "last"]);
  });

  it("is refused once the old shard is on its way out", () => {
    const last = views.at(-1) ?? whole();
    const completed = obey(last, { kind: "complete" });
    expect(decideUnsplit(split, completed)).toMatchObject({ kind: "fail" });
  });
});

describe("the cut of a shard", () => {
  it.each([
    { shard: "-80", at: undefined, halves: ["-40", "40-80"] },
    { shard: "80-", at: undefined, halves: ["80-c0", "c0-"] },
    { shard: "-", at: undefined, halves: ["-80", "80-"] },
    { shard: "40-80", at: undefined, halves: ["40-60", "60-80"] },
    { shard: "-80", at: "20", halves: ["-20", "20-80"] },
    { shard: "-80", at: "2080", halves: ["-2080", "2080-80"] },
    { shard: "-80", at: "80", halves: undefined },
    { shard: "-80", at: "c0", halves: undefined },
  ])("of $shard at $at makes $halves", ({ shard, at, halves }) => {
    expect(cutShard(shard, FIRST_PLACEMENT, at)).toEqual(halves);
  });

  it.each([
    { range: "40-80", shard: "-80", cut: "40" },
    { range: "00-40", shard: "-80", cut: "40" },
    { range: "c0-", shard: "80-", cut: "c0" },
    { range: "40-80", shard: "40-80", cut: undefined },
  ])("that makes $range a shard of its own, in $shard, is at $cut", ({ range, shard, cut }) => {
    expect(cutFor(range, shard)).toBe(cut);
  });
});
