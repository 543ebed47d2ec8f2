/**
 * What can be done to servers and shards, and what the API is asked for it. Pure. What was left
 * open (an empty choice) is left out, for the API to choose.
 */
import type { Json, Tablet } from "./api-types.ts";

export type ActionKind =
  | "join-tablet"
  | "drop-tablet"
  | "promote-standby"
  | "migrate"
  | "split"
  | "back-up"
  | "heal-tablet";

/** An action with what it is about; the rest is asked in its dialog. */
export interface Action {
  readonly kind: ActionKind;
  readonly dataCenter?: string;
  readonly shard?: string;
  readonly tablet?: string;
}

/** What is chosen in the dialog of an action. */
export interface Choice {
  readonly shard: string;
  readonly to: string;
  readonly replace: boolean;
  readonly force: boolean;
}

export const toRequest = (action: Action, { shard, to, replace, force }: Choice): Json => {
  const { kind, dataCenter, tablet } = action;
  switch (kind) {
    case "join-tablet":
      return { kind, dataCenter, ...(shard === "" ? {} : { shard }) };
    case "drop-tablet":
      return { kind, tablet, confirm: tablet, replace, force };
    case "promote-standby":
      return { kind, shard: action.shard, ...(tablet === undefined ? {} : { to: tablet }) };
    case "migrate":
      return { kind, shard: action.shard, to, confirm: action.shard };
    case "split":
    case "back-up":
      return { kind, shard: action.shard };
    case "heal-tablet":
      return { kind, tablet };
  }
};

/** What has to be typed first: what cannot be taken back, or moves much. */
export const toConfirm = ({ kind, tablet, shard }: Action): string | undefined => {
  if (kind === "drop-tablet") return tablet;
  return kind === "migrate" ? shard : undefined;
};

/** What makes sense for a server in its role; whether it can run now is for its plan to say. */
export const actionsOfTablet = ({ tablet, shard, role }: Tablet): readonly Action[] => {
  const drop: Action = { kind: "drop-tablet", tablet };
  if (role === "primary") return [drop];
  const heal: Action = { kind: "heal-tablet", tablet };
  return role === "replica"
    ? [{ kind: "promote-standby", shard, tablet }, heal, drop]
    : [heal, drop];
};

export interface ShardRow {
  readonly shard: string;
  /** Where its primary is. */
  readonly home: string | undefined;
  /** In the order of the data centers. */
  readonly cells: readonly (readonly Tablet[])[];
}

/** `dataCenter` of a migration is where it comes from. */
export const actionsOfShard = ({ shard, home }: ShardRow): readonly Action[] => [
  { kind: "back-up", shard },
  { kind: "migrate", shard, ...(home === undefined ? {} : { dataCenter: home }) },
  // An unsharded keyspace has one shard for ever.
  ...(shard.endsWith("/0") ? [] : [{ kind: "split", shard } as const]),
];

export const toShardRows = (
  tablets: readonly Tablet[],
  dataCenters: readonly string[],
): readonly ShardRow[] =>
  [...new Set(tablets.map(({ shard }) => shard))].sort().map((shard) => {
    const own = tablets.filter((tablet) => tablet.shard === shard);
    return {
      shard,
      home: own.find(({ role }) => role === "primary")?.dataCenter,
      cells: dataCenters.map((name) => own.filter(({ dataCenter }) => dataCenter === name)),
    };
  });

/** The known data centers first, then whichever else has a server. */
export const listDataCenters = (
  tablets: readonly Tablet[],
  known: readonly string[],
): readonly string[] => [...new Set([...known, ...tablets.map(({ dataCenter }) => dataCenter)])];
