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
  | "restore"
  | "heal-tablet"
  | "evacuate"
  | "fail-over-data-center";

/** An action with what it is about; the rest is asked in its dialog. */
export interface Action {
  readonly kind: ActionKind;
  /** Of a shard's migration: where it comes from. */
  readonly dataCenter?: string;
  /** Of a migration without it: a region or category moves to `dataCenter`. */
  readonly shard?: string;
  readonly tablet?: string;
}

/** What is chosen in the dialog of an action. */
export interface Choice {
  readonly shard: string;
  readonly to: string;
  readonly replace: boolean;
  readonly force: boolean;
  /** What moves, such as region:Beijing or category:science. */
  readonly subject: string;
  /** Where a split cuts, in hexadecimal. */
  readonly at: string;
  /** How long a split can be undone. */
  readonly keepSeconds: number;
}

const splitSubject = (subject: string): { readonly field: string; readonly name: string } => {
  const [field = "", name = ""] = subject.split(":");
  return { field, name };
};

const given = (name: string, value: string): Json => (value === "" ? {} : { [name]: value });

const toMigration = ({ kind, shard, dataCenter }: Action, { to, subject }: Choice): Json => {
  if (shard !== undefined) return { kind, shard, to, confirm: shard };
  const { field, name } = splitSubject(subject);
  return { kind, [field]: name, to: dataCenter, confirm: name };
};

export const toRequest = (action: Action, choice: Choice): Json => {
  const { kind, dataCenter, tablet, shard } = action;
  switch (kind) {
    case "join-tablet":
      return { kind, dataCenter, ...given("shard", choice.shard) };
    case "drop-tablet":
      return { kind, tablet, confirm: tablet, replace: choice.replace, force: choice.force };
    case "promote-standby":
      return { kind, shard, ...given("to", tablet ?? "") };
    case "migrate":
      return toMigration(action, choice);
    case "split":
      return { kind, shard, keepSeconds: choice.keepSeconds, ...given("at", choice.at) };
    case "back-up":
      return { kind, shard };
    case "restore":
      return { kind, shard, dataCenter: choice.to };
    case "heal-tablet":
      return { kind, tablet };
    case "evacuate":
    case "fail-over-data-center":
      return { kind, dataCenter, confirm: dataCenter };
  }
};

/** What has to be typed first: what cannot be taken back, or moves much. */
export const toConfirm = (
  { kind, tablet, shard, dataCenter }: Action,
  { subject }: Pick<Choice, "subject">,
): string | undefined => {
  if (kind === "drop-tablet") return tablet;
  if (kind === "migrate") return shard ?? splitSubject(subject).name;
  return kind === "evacuate" || kind === "fail-over-data-center" ? dataCenter : undefined;
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

export const actionsOfDataCenter = (dataCenter: string): readonly Action[] => [
  { kind: "join-tablet", dataCenter },
  { kind: "migrate", dataCenter },
  { kind: "evacuate", dataCenter },
  { kind: "fail-over-data-center", dataCenter },
];

export interface ShardRow {
  readonly shard: string;
  /** Where its primary is. */
  readonly home: string | undefined;
  /** In the order of the data centers. */
  readonly cells: readonly (readonly Tablet[])[];
}

export const actionsOfShard = ({ shard, home }: ShardRow): readonly Action[] => [
  { kind: "promote-standby", shard },
  { kind: "back-up", shard },
  { kind: "restore", shard },
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
