/**
 * Servers, data and backups in Prometheus' text form: what the parts themselves do not tell. A
 * figure that is not known has no sample. Pure.
 */
import { splitShard } from "#shared/cluster-view.ts";
import type { MediaCount } from "./count-media.ts";
import type { Placement } from "./read-placement.ts";
import type { Happening } from "./show-history.ts";
import type { TabletItem } from "./tablet-items.ts";

export interface DeadLetters {
  readonly count: number;
  /** When the newest was received, in milliseconds since 1970; null where there are none. */
  readonly newest: number | null;
}

/** The operations of a kind that have not ended: since when the one that stands longest does, in milliseconds since 1970. */
export interface Unmoved {
  readonly kind: string;
  readonly since: number;
}

export interface MetricsInput {
  readonly unmoved: readonly Unmoved[];
  readonly tablets: readonly TabletItem[];
  readonly placement: Placement;
  /** Undefined where the object store does not answer. */
  readonly media: MediaCount | undefined;
  readonly deadLetters: DeadLetters;
  /** The last ones. */
  readonly happenings: readonly Happening[];
}

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly labels?: Labels;
  readonly value: number | null;
}

const escapeLabel = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

const toLabels = (labels: Labels = {}): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
};

const gauge = (name: string, help: string, samples: readonly Sample[]): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} gauge`,
  ...samples.flatMap(({ labels, value }) =>
    value === null ? [] : [`${name}${toLabels(labels)} ${value}`],
  ),
];

const toTabletLabels = ({ tablet, shard, dataCenter }: TabletItem): Labels => ({
  tablet,
  ...splitShard(shard),
  data_center: dataCenter,
});

const figures: readonly (readonly [string, string, (item: TabletItem) => number | null])[] = [
  ["tagenal_tablet_lag_seconds", "Behind its primary", ({ lagSeconds }) => lagSeconds],
  [
    "tagenal_tablet_errant_gtids",
    "Transactions its primary does not have",
    ({ errantGtids }) => errantGtids,
  ],
  ["tagenal_tablet_cpu_percent", "Of one core, vttablet and MySQL", ({ cpuPercent }) => cpuPercent],
  ["tagenal_tablet_memory_bytes", "Of vttablet and MySQL", ({ memoryBytes }) => memoryBytes],
  ["tagenal_tablet_disk_used_bytes", "Of its folder", ({ diskUsedBytes }) => diskUsedBytes],
  ["tagenal_tablet_disk_free_bytes", "Left on its disk", ({ diskFreeBytes }) => diskFreeBytes],
];

const ofTablets = (tablets: readonly TabletItem[]): string[] => [
  ...gauge(
    "tagenal_tablet_info",
    "1 for each server, as it is",
    tablets.map((item) => ({
      labels: { ...toTabletLabels(item), role: item.role, state: item.state },
      value: 1,
    })),
  ),
  ...figures.flatMap(([name, help, read]) =>
    gauge(
      name,
      help,
      tablets.map((item) => ({ labels: toTabletLabels(item), value: read(item) })),
    ),
  ),
];

const SECOND = 1_000;

/** 0 where there is none: older than any. */
const ofBackups = (tablets: readonly TabletItem[]): string[] => {
  const newest = new Map(tablets.map(({ shard, lastBackupAt }) => [shard, lastBackupAt]));
  return gauge(
    "tagenal_shard_backup_timestamp_seconds",
    "When the newest whole backup was begun",
    [...newest].map(([shard, at]) => ({
      labels: splitShard(shard),
      value: at === null ? 0 : Date.parse(at) / SECOND,
    })),
  );
};

const ofPlacement = ({ tables }: Placement): string[] => {
  const toSamples = (read: (table: (typeof tables)[number]) => number): Sample[] =>
    tables.map((one) => ({
      labels: { table: one.table, ...splitShard(one.shard), data_center: one.dataCenter },
      value: read(one),
    }));
  return [
    ...gauge(
      "tagenal_table_rows",
      "Counted or estimated",
      toSamples(({ rows }) => rows),
    ),
    ...gauge(
      "tagenal_table_bytes",
      "Of its file",
      toSamples(({ bytes }) => bytes),
    ),
  ];
};

const ofDeadLetters = ({ count, newest }: DeadLetters, now: number): string[] => [
  ...gauge("tagenal_dead_letters", "Events that were given up, as kept", [{ value: count }]),
  ...gauge("tagenal_dead_letters_newest_seconds", "Since the newest was received", [
    { value: newest === null ? null : (now - newest) / SECOND },
  ]),
];

/** The value is the time: so Grafana marks it in every panel. */
const ofHappenings = (happenings: readonly Happening[]): string[] =>
  gauge(
    "tagenal_happening_milliseconds",
    "When it happened, since 1970",
    happenings.map(({ at, kind, by, says, operation }) => ({
      labels: { kind, by, says, operation },
      value: Date.parse(at),
    })),
  );

export const toMetrics = (
  { tablets, placement, media, deadLetters, happenings, unmoved }: MetricsInput,
  now: number = Date.now(),
): string =>
  [
    ...ofTablets(tablets),
    ...ofBackups(tablets),
    ...ofPlacement(placement),
    ...gauge("tagenal_media_objects", "Files of articles", [{ value: media?.objects ?? null }]),
    ...gauge("tagenal_media_bytes", "Of the files of articles", [{ value: media?.bytes ?? null }]),
    ...ofDeadLetters(deadLetters, now),
    ...ofHappenings(happenings),
    ...gauge(
      "tagenal_operation_unmoved_seconds",
      "Since an operation that has not ended was last worked on",
      unmoved.map(({ kind, since }) => ({ labels: { kind }, value: (now - since) / SECOND })),
    ),
    "",
  ].join("\n");
