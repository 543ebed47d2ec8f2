/**
 * What comes next for a shard that becomes two. Pure.
 *
 * The rows are copied, followed and compared by Vitess's Reshard. What Vitess does with the derived
 * streams is right only where all shards of a keyspace are changed at once, and writes wait meanwhile
 * (it looks once a second whether they have caught up), so this does it instead:
 *
 * 1. Streams that other shards have from this one follow by themselves: the switch leaves a journal
 *    in the binlog, and whoever reads it goes on with the halves.
 * 2. Streams that the shard has, from itself and from others, are parked before the switch, with
 *    their positions, and afterwards each of the halves adopts them from there: the rows up to that
 *    position have come with the copy. Those from the shard itself read on in it, although it does not
 *    serve any more, until they come to the journal.
 */
import { inShard, isSettled, primaryOf, SETTLING, type TabletView } from "./cluster-view.ts";
import { decideHandOver, decideRemoval, decideStart } from "./decide-hand-over.ts";
import { Problem } from "./problem.ts";
import type { Decision } from "./procedure.ts";
import {
  copyStreams,
  derivedOn,
  fullName,
  isRunning,
  isSwitched,
  type Next,
  type Split,
  type SplitAction,
} from "./split.ts";
import { derivedTables, type SplitView } from "./split-view.ts";

const AT_HOME = 2;

const placesOf = ({ home, away }: Split): string[] => [
  ...Array.from({ length: AT_HOME }, () => home),
  away,
];

/** Empty servers for each half: they come up side by side. */
const decideServers = (split: Split, view: SplitView): Next => {
  for (const target of split.targets) {
    const shard = fullName(split, target);
    for (const [index, dataCenter] of placesOf(split).entries()) {
      const by = `${split.id}/${target}/${index + 1}`;
      const made = view.managed.find(({ madeBy }) => madeBy === by);
      if (made === undefined)
        return { kind: "act", phase: "servers", action: { kind: "add", by, dataCenter, shard } };
      if (made.trouble !== null)
        return { kind: "fail", problem: new Problem("internal", `${made.name}: ${made.trouble}`) };
    }
  }
  const names = view.managed.filter(({ madeBy }) => madeBy?.startsWith(`${split.id}/`));
  const missing = names.find(({ alias }) => !view.tablets.some((one) => one.alias === alias));
  return missing && { kind: "wait", phase: "servers", next: `${missing.name} starts its MySQL` };
};

/** The first of each half's servers at home becomes its primary. */
const decidePrimaries = (split: Split, view: SplitView): Next => {
  for (const target of split.targets) {
    const shard = fullName(split, target);
    const tablets = inShard(view, shard);
    const first = view.managed.find(({ madeBy }) => madeBy === `${split.id}/${target}/1`);
    const primary = primaryOf(view, shard);
    if (primary === undefined || (primary.dataCenter !== split.home && first !== undefined))
      return {
        kind: "act",
        phase: "servers",
        action: { kind: "elect", shard, to: first?.alias ?? "" },
      };
    const late = tablets.find((one: TabletView) => one !== primary && !one.isReplicating);
    if (late !== undefined)
      return { kind: "wait", phase: "servers", next: `${late.name} begins to follow` };
  }
  return undefined;
};

const decideCopy = (split: Split, view: SplitView): Next => {
  const found = copyStreams(split, view);
  const act = (kind: "copy" | "discard"): Next => ({
    kind: "act",
    phase: "copy",
    action: { kind },
  });
  if (found.length === 0) return act("copy");
  // Its creation was cut short: begun anew.
  if (found.length < split.targets.length) return act("discard");
  const broken = found.find(({ state }) => state === "Error");
  if (broken !== undefined)
    return {
      kind: "fail",
      problem: new Problem("internal", `the copy to ${broken.on} has stopped: ${broken.message}`),
    };
  // A comparison stops them for a moment.
  if (found.every(isRunning) || view.comparisons.length > 0) return undefined;
  const { rowsCopied = 0, rowsTotal = 0 } = view.copy ?? {};
  return { kind: "wait", phase: "copy", next: `${rowsCopied} of some ${rowsTotal} rows copied` };
};

const decideComparison = ({ targets }: Split, { comparisons }: SplitView): Next => {
  const phase = "compare";
  if (comparisons.length < targets.length)
    return { kind: "act", phase, action: { kind: "compare" } };
  if (comparisons.some(({ hasMismatch }) => hasMismatch))
    return {
      kind: "fail",
      problem: new Problem("internal", "the copy differs from the shard: nothing was switched"),
    };
  if (comparisons.every(({ state }) => state === "completed")) return undefined;
  const rows = comparisons.reduce((sum, one) => sum + one.rows, 0);
  const error = comparisons.find((one) => one.error !== "")?.error ?? "";
  return { kind: "wait", phase, next: `${rows} rows compared${error === "" ? "" : `; ${error}`}` };
};

/** Every derived table has a stream from every serving shard, or a parked one. */
const findMissing = ({ source }: Split, view: SplitView): string | undefined => {
  const serving = view.shards.filter((one) => one.isServing).map(({ name }) => name);
  const own = derivedOn(view, [source]);
  return derivedTables
    .flatMap((table) => serving.map((from) => ({ table, from })))
    .filter(({ table, from }) => !own.some((one) => one.workflow === table && one.from === from))
    .map(({ table, from }) => `${table} has no stream from ${from}`)[0];
};

const decideSwitch = (split: Split, view: SplitView): Decision<SplitAction> => {
  const phase = "switch";
  const { source } = split;
  const act = (action: SplitAction): Decision<SplitAction> => ({ kind: "act", phase, action });
  const waitFor = (next: string): Decision<SplitAction> => ({ kind: "wait", phase, next });
  if (view.loads > 0) return waitFor("a load is at work");
  if (!isSettled(view, fullName(split, source))) return waitFor(SETTLING);
  if (!copyStreams(split, view).every(isRunning)) return waitFor("the copy catches up");
  const missing = findMissing(split, view);
  if (missing !== undefined) return waitFor(missing);
  if (view.copy?.areReadsSwitched !== true)
    return act({ kind: "switch", what: "reads", direction: "forward" });
  const own = derivedOn(view, [source]).filter(({ isParked }) => !isParked);
  const halted = own.find((stream) => !isRunning(stream));
  if (halted?.state === "Stopped") return act({ kind: "start", on: [source] });
  if (halted !== undefined) return waitFor(`${halted.workflow} is ${halted.state}`);
  if (own.length > 0) return act({ kind: "park", streams: own });
  return act({ kind: "switch", what: "writes", direction: "forward" });
};

/** From the switch on it can only be undone, not cancelled. */
const decideAfter = (split: Split, view: SplitView): Decision<SplitAction> => {
  const { source, targets, keepUntil, keyspace } = split;
  const streams =
    decideHandOver({ from: [source], to: targets }, view) ?? decideStart(view, targets);
  if (streams !== undefined) return streams;
  const hasCopy = copyStreams(split, view).length > 0;
  if (hasCopy && view.at < keepUntil) {
    const until = new Date(keepUntil).toISOString().slice(11, 19);
    return { kind: "wait", phase: "keep", next: `can be undone until ${until} (UTC)` };
  }
  if (hasCopy) return { kind: "act", phase: "complete", action: { kind: "complete" } };
  return (
    decideRemoval(split, [source], view) ?? {
      kind: "done",
      result: {
        shard: fullName(split, source),
        became: targets.map((one) => `${keyspace}/${one}`),
      },
    }
  );
};

export const decideSplit = (split: Split, view: SplitView): Decision<SplitAction> =>
  isSwitched(split, view)
    ? decideAfter(split, view)
    : (decideServers(split, view) ??
      decidePrimaries(split, view) ??
      decideCopy(split, view) ??
      decideComparison(split, view) ??
      decideSwitch(split, view));
