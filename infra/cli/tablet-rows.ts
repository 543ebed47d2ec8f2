/** The servers as rows of a table for people. What is not known stays empty. Pure. */
import { count, duration, size } from "./say.ts";

export interface TabletItem {
  readonly tablet: string;
  readonly dataCenter: string;
  readonly shard: string;
  readonly role: string;
  readonly state: string;
  readonly stateSince: string | null;
  readonly lagSeconds: number | null;
  readonly queriesPerSecond: { readonly reads: number; readonly writes: number } | null;
  readonly p99Milliseconds: number | null;
  readonly connections: number | null;
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly diskUsedBytes: number | null;
  readonly diskFreeBytes: number | null;
  readonly version: string | null;
  readonly uptimeSeconds: number | null;
  readonly lastBackupAt: string | null;
  readonly errantGtids: number | null;
}

const shown = <T>(value: T | null, show: (known: T) => string): string =>
  value === null ? "" : show(value);
const since = (time: string, now: number): string => duration(Math.max(0, now - Date.parse(time)));

const columns: readonly (readonly [string, (item: TabletItem, now: number) => string])[] = [
  ["shard", ({ shard }) => shard],
  ["tablet", ({ tablet }) => tablet],
  ["data center", ({ dataCenter }) => dataCenter],
  ["role", ({ role }) => role],
  ["state", ({ state }) => state],
  ["for", ({ stateSince }, now) => shown(stateSince, (time) => since(time, now))],
  ["lag", ({ lagSeconds }) => shown(lagSeconds, (seconds) => `${seconds} s`)],
  ["errant", ({ errantGtids }) => shown(errantGtids, count)],
  ["reads/s", ({ queriesPerSecond: rates }) => shown(rates, ({ reads }) => reads.toFixed(1))],
  ["writes/s", ({ queriesPerSecond: rates }) => shown(rates, ({ writes }) => writes.toFixed(1))],
  ["p99", ({ p99Milliseconds }) => shown(p99Milliseconds, (ms) => `${ms.toFixed(1)} ms`)],
  ["connections", ({ connections }) => shown(connections, count)],
  ["cpu", ({ cpuPercent }) => shown(cpuPercent, (percent) => `${percent.toFixed(1)} %`)],
  ["memory", ({ memoryBytes }) => shown(memoryBytes, size)],
  ["disk", ({ diskUsedBytes }) => shown(diskUsedBytes, size)],
  ["free", ({ diskFreeBytes }) => shown(diskFreeBytes, size)],
  ["up", ({ uptimeSeconds }) => shown(uptimeSeconds, (seconds) => duration(seconds * 1_000))],
  ["backup", ({ lastBackupAt }, now) => shown(lastBackupAt, (time) => `${since(time, now)} ago`)],
  ["MySQL", ({ version }) => version ?? ""],
];

export const toTabletRows = (
  items: readonly TabletItem[],
  now: number = Date.now(),
): readonly string[][] => [
  columns.map(([title]) => title),
  ...items.map((item) => columns.map(([, show]) => show(item, now))),
];
