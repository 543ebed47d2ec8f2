/** What is left to do once something else serves: streams go on there, and what is empty is removed. Pure. */
import { derivedOn, isRunning, type Next, type Split, type SplitAction } from "./split.ts";
import type { SplitView, StreamView } from "./split-view.ts";

const LOST_AFTER_MS = 20_000;

/** Adopted and not begun, or without its connection: it finds nobody who serves what it reads. */
const isLost = ({ state, movedAt }: StreamView, now: number): boolean =>
  state === "Stopped" || now - movedAt > LOST_AFTER_MS;

/** What is parked on `from` goes on on `to`; what other shards had from `from` goes on by itself. */
export const decideHandOver = (
  { from, to }: { readonly from: readonly string[]; readonly to: readonly string[] },
  view: SplitView,
): Next => {
  const phase = "derived streams";
  const act = (action: SplitAction): Next => ({ kind: "act", phase, action });
  const parked = derivedOn(view, from).filter(({ isParked }) => isParked);
  for (const on of to)
    for (const stream of parked) {
      const own = view.streams.find(
        (one) =>
          !one.isParked &&
          one.on === on &&
          one.workflow === stream.workflow &&
          one.from === stream.from,
      );
      if (own === undefined) return act({ kind: "adopt", on, stream });
    }
  if (parked.length > 0) return act({ kind: "forget-parked", on: from });
  const others = view.shards
    .filter(({ name, isServing: serves }) => serves && !from.includes(name))
    .map(({ name }) => name);
  const behind = derivedOn(view, others).filter((one) => from.includes(one.from));
  const lost = behind.filter((one) => isLost(one, view.at));
  if (lost.length > 0)
    return act({ kind: "reach", streams: lost.filter(({ on }) => on === lost[0]?.on) });
  const [first] = behind;
  if (first === undefined) return undefined;
  return {
    kind: "wait",
    phase,
    next: `${first.workflow} on ${first.on} still reads ${first.from}`,
  };
};

export const decideStart = (view: SplitView, shards: readonly string[]): Next => {
  const phase = "derived streams";
  const halted = derivedOn(view, shards).filter((one) => !(one.isParked || isRunning(one)));
  const on = [...new Set(halted.map((stream) => stream.on))];
  if (halted.some(({ state }) => state === "Stopped"))
    return { kind: "act", phase, action: { kind: "start", on } };
  const [first] = halted;
  return (
    first && { kind: "wait", phase, next: `${first.workflow} on ${first.on} is ${first.state}` }
  );
};

/** Servers that are stopped, their records, and the shards that they were of. */
export const decideRemoval = (
  { keyspace }: Split,
  shards: readonly string[],
  view: SplitView,
): Next => {
  const phase = "remove";
  const isOf = (one: { readonly keyspace: string; readonly shard: string }): boolean =>
    one.keyspace === keyspace && shards.includes(one.shard);
  const kept = view.managed.filter(isOf);
  const names = kept.filter(({ isLeaving }) => !isLeaving).map(({ name }) => name);
  if (names.length > 0) return { kind: "act", phase, action: { kind: "remove", names } };
  if (kept.length > 0)
    return { kind: "wait", phase, next: `${kept[0]?.name} stops and frees its storage` };
  const record = view.tablets.find(isOf);
  if (record !== undefined)
    return { kind: "act", phase, action: { kind: "forget", alias: record.alias } };
  const shard = view.shards.find(({ name }) => shards.includes(name));
  return shard && { kind: "act", phase, action: { kind: "forget-shard", shard: shard.name } };
};
