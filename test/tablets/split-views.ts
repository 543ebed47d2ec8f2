/** Views of a shard that becomes two, for tests of decisions: a keyspace in memory that obeys them. */
import type { Split, SplitAction } from "#shared/split.ts";
import { derivedTables, type SplitView, type StreamView } from "#shared/split-view.ts";
import type { ShardRecord } from "#shared/vtctld.ts";
import { managed, tablet, toView } from "./views.ts";

export const split: Split = {
  id: "op",
  keyspace: "tagenal",
  source: "-80",
  targets: ["-40", "40-80"],
  workflow: "split_op",
  home: "beijing",
  away: "hongkong",
  keepUntil: 0,
};

const shard = (name: string, isServing: boolean): ShardRecord => ({
  name,
  primary: `primary of ${name}`,
  isServing,
});

let lastId = 0;
export const stream = (
  on: string,
  workflow: string,
  from: string,
  more: Partial<StreamView> = {},
): StreamView => {
  lastId += 1;
  return {
    ...{ on, workflow, from, id: String(lastId), source: `shard:"${from}" in '${on}'` },
    ...{ position: "p1", stopPosition: "", state: "Running", message: "", movedAt: 60_000 },
    ...{ isCopying: false, isParked: false },
    ...more,
  };
};

const derived = (on: string, froms: readonly string[]): StreamView[] =>
  derivedTables.flatMap((table) => froms.map((from) => stream(on, table, from)));

const serverOf = (name: string, of: string, type: "PRIMARY" | "REPLICA") =>
  tablet(name, { shard: of, type, isReplicating: type === "REPLICA" });

/** As `up` leaves it. */
export const whole = (): SplitView => ({
  ...toView([serverOf("beijing-101", "-80", "PRIMARY"), serverOf("beijing-102", "-80", "REPLICA")]),
  shards: [shard("-80", true), shard("80-", true)],
  streams: [...derived("-80", ["-80", "80-"]), ...derived("80-", ["-80", "80-"])],
  copy: undefined,
  comparisons: [],
  loads: 0,
});

const withStreams = (
  view: SplitView,
  change: (streams: readonly StreamView[]) => readonly StreamView[],
): SplitView => ({ ...view, streams: change(view.streams) });

const setServing = (view: SplitView, serving: readonly string[]): SplitView => ({
  ...view,
  shards: view.shards.map((one) => ({
    ...one,
    isServing: one.name === "80-" || serving.includes(one.name),
  })),
});

/** What Vitess does with the derived streams: moves those that it sees, and loses those from elsewhere. */
const switchStreams = (
  view: SplitView,
  from: readonly string[],
  to: readonly string[],
): SplitView =>
  withStreams(view, (streams) => {
    const isSeen = (one: StreamView): boolean =>
      derivedTables.includes(one.workflow) && !one.isParked;
    const moved = streams.filter((one) => isSeen(one) && from.includes(one.on));
    return [
      ...streams.filter(
        (one) => !(isSeen(one) && (from.includes(one.on) || from.includes(one.from))),
      ),
      ...(moved.length > 0 ? to.flatMap((on) => derived(on, to)) : []),
      ...derived("80-", to),
    ];
  });

/** A journal is followed: whoever reads what does not serve any more reads its successors from then on. */
const leaveTogether = (view: SplitView, gone: readonly StreamView[]): SplitView => {
  const successors = [split.source, ...split.targets].filter((name) =>
    view.shards.some((one) => one.name === name && one.isServing),
  );
  return withStreams(view, (all) => [
    ...all.filter(({ id }) => !gone.some((one) => one.id === id)),
    ...[...new Set(gone.map(({ workflow }) => workflow))].flatMap((workflow) =>
      successors.map((from) => stream(gone[0]?.on ?? "", workflow, from)),
    ),
  ]);
};

const doSwitch = (view: SplitView, { what, direction }: { what: string; direction: string }) => {
  if (what === "reads" && view.copy !== undefined)
    return { ...view, copy: { ...view.copy, areReadsSwitched: direction === "forward" } };
  const [from, to] =
    direction === "forward" ? [[split.source], split.targets] : [split.targets, [split.source]];
  const switched = switchStreams(setServing(view, to), from, to);
  if (direction === "forward")
    return withStreams(switched, (all) => [...all, stream("-80", "split_op_reverse", "-40")]);
  const kept = withStreams(switched, (all) => all.filter((one) => !/reverse/.test(one.workflow)));
  return { ...kept, copy: view.copy && { ...view.copy, areReadsSwitched: false } };
};

const update = (
  view: SplitView,
  isMeant: (one: StreamView) => boolean,
  more: (one: StreamView) => Partial<StreamView>,
): SplitView =>
  withStreams(view, (all) => all.map((one) => (isMeant(one) ? { ...one, ...more(one) } : one)));

const isOn =
  (shards: readonly string[]) =>
  (one: StreamView): boolean =>
    shards.includes(one.on) && derivedTables.includes(one.workflow) && !one.isParked;

const isOneOf = (streams: readonly StreamView[]) => (one: StreamView) =>
  streams.some(({ id }) => id === one.id);

/** The view after an action, as the real cluster would show it. */
export const obey = (view: SplitView, action: SplitAction): SplitView => {
  switch (action.kind) {
    case "add": {
      const [, of = "", number] = action.by.split("/");
      const name = `${action.dataCenter}-${of === "-40" ? 4 : 5}0${number}`;
      const tablets = [...view.tablets, serverOf(name, of, "REPLICA")];
      const made = managed(name, { shard: of, madeBy: action.by });
      const shards = view.shards.some((one) => one.name === of)
        ? view.shards
        : [...view.shards, { ...shard(of, false), primary: null }];
      return { ...view, tablets, managed: [...view.managed, made], shards };
    }
    case "elect":
      return {
        ...view,
        tablets: view.tablets.map((one) =>
          one.alias === action.to ? { ...one, type: "PRIMARY", isReplicating: false } : one,
        ),
      };
    case "copy":
      return {
        ...withStreams(view, (all) => [
          ...all,
          ...split.targets.map((on) => stream(on, split.workflow, "-80")),
        ]),
        copy: { rowsCopied: 0, rowsTotal: 9, areReadsSwitched: false },
      };
    case "compare":
      return {
        ...view,
        comparisons: split.targets.map(() => ({
          ...{ state: "completed", hasMismatch: false, rows: 9, error: "" },
        })),
      };
    case "switch":
      return doSwitch(view, action);
    case "park":
      return update(view, isOneOf(action.streams), () => ({ isParked: true, state: "Stopped" }));
    case "unpark":
      return update(
        view,
        ({ on, isParked }) => on === action.on && isParked,
        () => ({ isParked: false, state: "Running" }),
      );
    case "forget-parked":
      return withStreams(view, (all) =>
        all.filter(({ on, isParked }) => !(isParked && action.on.includes(on))),
      );
    case "adopt":
      return withStreams(view, (all) => [
        ...all,
        stream(action.on, action.stream.workflow, action.stream.from, {
          ...{ position: action.stream.position, state: "Stopped" },
        }),
      ]);
    case "reach":
      return leaveTogether(view, action.streams);
    case "start":
      return update(view, isOn(action.on), () => ({ state: "Running" }));
    case "stop":
      return update(view, isOn(action.on), (one) => ({
        state: "Stopped",
        // Each stops somewhere else.
        position: `p${one.id}`,
      }));
    case "line-up":
      return update(view, isOneOf(action.streams), () => ({
        ...{ position: "last", stopPosition: "last", state: "Stopped" },
      }));
    case "discard":
    case "complete":
      return {
        ...withStreams(view, (all) => all.filter(({ workflow }) => !/^split_/.test(workflow))),
        copy: undefined,
      };
    case "remove":
      return { ...view, managed: view.managed.filter(({ name }) => !action.names.includes(name)) };
    case "forget":
      return { ...view, tablets: view.tablets.filter(({ alias }) => alias !== action.alias) };
    case "forget-shard":
      return { ...view, shards: view.shards.filter(({ name }) => name !== action.shard) };
  }
};
