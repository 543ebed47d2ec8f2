/** Applies infra/schema to a serving Vitess, wherever it runs; each may be done again. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { dataCenter } from "#shared/tablet-requests.ts";
import { changeTables, type Keyspace } from "./changed-tables.ts";
import type { Vtctl } from "./vtctl.ts";

export const keyspaces: readonly Keyspace[] = ["global", "tagenal"];

/** Tables are created if they are not there; those that are there are changed-tables.ts's. */
export const applySchema = async (
  vtctl: Vtctl,
  folder: string,
  keyspace: Keyspace,
): Promise<void> => {
  const sql = await readFile(join(folder, `${keyspace}.sql`), "utf8");
  const statements = sql.replaceAll(/^create table /gm, "create table if not exists ");
  // As one batch: all are CREATE TABLE, and one round trip a table would take seconds.
  await vtctl("ApplySchema", "--batch-size", "50", "--sql", statements, keyspace);
  await changeTables(vtctl, keyspace);
  await vtctl("ApplyVSchema", "--vschema-file", join(folder, `${keyspace}.vschema.json`), keyspace);
};

interface Workflows {
  readonly workflows?: readonly { readonly name: string }[];
}

/** Start the derived tables' streams that are not there yet. */
export const startStreams = async (vtctl: Vtctl, folder: string): Promise<void> => {
  const file = join(folder, "streams.json");
  const streams = JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
  const found = JSON.parse(
    await vtctl("GetWorkflows", "tagenal", "--show-all", "--include-logs=false"),
  ) as Workflows;
  const known = new Set((found.workflows ?? []).map(({ name }) => name));
  for (const [table, query] of Object.entries(streams)) {
    if (known.has(table)) continue;
    const settings = [{ target_table: table, source_expression: query }];
    await vtctl(
      ...["Materialize", "--workflow", table, "--target-keyspace", "tagenal", "create"],
      ...["--source-keyspace", "tagenal", "--table-settings", JSON.stringify(settings)],
      // Its own data center may have one server of a shard, which a backup stops.
      ...["--cells", dataCenter.options.join(",")],
    );
  }
};
