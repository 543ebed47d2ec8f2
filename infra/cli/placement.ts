/** `tagenal placement`: what lies where. */
import type { Command } from "commander";
import { findApi } from "./api.ts";
import { count, size } from "./say.ts";
import { showAgain } from "./show-again.ts";
import { toTable } from "./table.ts";

interface Item {
  readonly table: string;
  readonly shard: string | null;
  readonly dataCenter: string | null;
  readonly tablet: string | null;
  readonly copies: number;
  readonly rows: number;
  readonly isExact: boolean;
  readonly bytes: number;
}

interface Placement {
  readonly items: readonly Item[];
  readonly shards: readonly {
    readonly shard: string;
    readonly primary: string | null;
    readonly rows: number;
    readonly bytes: number;
    readonly queriesPerSecond: number;
  }[];
  readonly findings: readonly { readonly says: string }[];
}

const TITLES = ["shard", "data center", "table", "rows", "bytes", "copies", "asked"];

const toRow = ({ shard, dataCenter, table, rows, isExact, bytes, copies, tablet }: Item) => [
  ...[shard ?? "object store", dataCenter ?? "", table, `${isExact ? "" : "~"}${count(rows)}`],
  ...[size(bytes), String(copies), tablet ?? ""],
];

const toLines = ({ items, shards, findings }: Placement): string[] => [
  ...toTable([TITLES, ...items.map(toRow)]),
  "",
  ...toTable([
    ["shard", "primary", "rows", "bytes", "queries/s"],
    ...shards.map(({ shard, primary, rows, bytes, queriesPerSecond }) => [
      ...[shard, primary ?? "none", count(rows), size(bytes), queriesPerSecond.toFixed(1)],
    ]),
  ]),
  ...(findings.length === 0 ? [] : ["", ...findings.map(({ says }) => says)]),
];

export const registerPlacement = (program: Command): void => {
  program
    .command("placement")
    .description("what lies where: rows and bytes of each table, shard and data center")
    .option("--url <url>", "where Tagenal serves (default: TAGENAL_URL, or the local one)")
    .option("--watch", "again and again")
    .action(async ({ url, watch }: { url?: string; watch?: boolean }) => {
      const api = await findApi(url);
      await showAgain(watch === true, async () =>
        toLines(await api.get<Placement>("/v1/placement")),
      );
    });
};
