/**
 * What comes next for a split that is taken back, wherever it is: cancelled, undone or failed. What
 * serves goes back to the shard that was split, and of the halves nothing is left. Pure.
 */
import { isSettled, SETTLING } from "./cluster-view.ts";
import { decideHandOver, decideRemoval, decideStart } from "./decide-hand-over.ts";
import { Problem } from "./problem.ts";
import type { Decision } from "./procedure.ts";
import {
  copyStreams,
  derivedOn,
  isServing,
  isSwitched,
  type Next,
  type Split,
  type SplitAction,
} from "./split.ts";
import type { SplitView, StreamView } from "./split-view.ts";

/** What Vitess calls the streams back. */
const reverseOf = (workflow: string): string => `${workflow}_reverse`;

const SWITCH_BACK: SplitAction = { kind: "switch", what: "both", direction: "back" };

const groupsOf = (streams: readonly StreamView[]): StreamView[][] => [
  ...Map.groupBy(streams, ({ workflow, from }) => `${workflow} ${from}`).values(),
];

const isAligned = (group: readonly StreamView[]): boolean =>
  new Set(group.map(({ position }) => position)).size === 1;

/** What the halves have from the same shard ends at the same position, so that one stream goes on. */
const decideAlignment = (own: readonly StreamView[], targets: readonly string[]): Next => {
  const phase = "line up";
  const act = (action: SplitAction): Next => ({ kind: "act", phase, action });
  const running = own.filter(({ state }) => state !== "Stopped");
  if (running.some(({ stopPosition }) => stopPosition === ""))
    return act({ kind: "stop", on: targets });
  if (running.length > 0)
    return { kind: "wait", phase, next: `${running[0]?.workflow} on ${running[0]?.on} catches up` };
  return groupsOf(own).every(isAligned)
    ? act({ kind: "park", streams: own })
    : act({ kind: "line-up", streams: own });
};

const decideSwitchBack = (split: Split, view: SplitView): Decision<SplitAction> => {
  const { source, targets, workflow, keyspace } = split;
  const phase = "switch back";
  const back = view.streams.some((one) => one.workflow === reverseOf(workflow));
  if (!back)
    return {
      kind: "fail",
      problem: new Problem("conflict", "the old shard has been removed: it cannot be undone"),
    };
  if (view.loads > 0) return { kind: "wait", phase, next: "a load is at work" };
  const settling = targets.some((target) => !isSettled(view, `${keyspace}/${target}`));
  if (settling) return { kind: "wait", phase, next: SETTLING };
  const own = derivedOn(view, targets).filter(({ isParked }) => !isParked);
  return (
    // What the switch began comes to its end first.
    decideHandOver({ from: [source], to: targets }, view) ??
    (own.length > 0 ? decideAlignment(own, targets) : undefined) ?? {
      ...{ kind: "act", phase, action: SWITCH_BACK },
    }
  );
};

/** The halves do not serve, or not any more. */
const decideDisposal = (split: Split, view: SplitView): Next => {
  const { source, targets } = split;
  const phase = "derived streams";
  if (view.shards.some(({ name }) => name === source)) {
    const isWaiting = derivedOn(view, [source]).some(({ isParked }) => isParked);
    if (isWaiting) return { kind: "act", phase, action: { kind: "unpark", on: source } };
    const streams =
      decideHandOver({ from: targets, to: [source] }, view) ?? decideStart(view, [source]);
    if (streams !== undefined) return streams;
  }
  if (view.copy?.areReadsSwitched === true)
    return {
      kind: "act",
      phase: "switch back",
      action: { kind: "switch", what: "reads", direction: "back" },
    };
  if (copyStreams(split, view).length > 0)
    return { kind: "act", phase: "discard", action: { kind: "discard" } };
  return decideRemoval(split, targets, view);
};

export const decideUnsplit = (split: Split, view: SplitView): Decision<SplitAction> => {
  if (isSwitched(split, view)) return decideSwitchBack(split, view);
  const { keyspace, source } = split;
  // Whoever switched died between the two.
  if (!isServing(view, source)) return { kind: "act", phase: "switch back", action: SWITCH_BACK };
  return (
    decideDisposal(split, view) ?? { kind: "done", result: { shard: `${keyspace}/${source}` } }
  );
};
