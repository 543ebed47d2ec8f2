/** `tagenal tablets`, `join`, `drop`, `promote`, `heal`: the servers and what is done to them. */
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { findApi } from "./api.ts";
import { runOperation } from "./operation-follow.ts";
import { Remedy } from "./preflight.ts";
import { showAgain } from "./show-again.ts";
import { toTable } from "./table.ts";
import { type TabletItem, toTabletRows } from "./tablet-rows.ts";

interface Flags {
  readonly url?: string;
  readonly dryRun?: boolean;
}

interface MigrateFlags {
  readonly to: string;
  readonly region?: string;
  readonly category?: string;
  readonly yes: boolean;
}

/** What a migration names: one thing, with the word for it. */
const toSubject = (
  given: string | undefined,
  { region, category }: { region: string | undefined; category: string | undefined },
): Readonly<Record<string, string>> => {
  if (region !== undefined) return { region };
  if (category !== undefined) return { category };
  if (given === undefined) throw new Remedy("Name a shard, or give --region or --category.");
  return { shard: given.includes("/") ? given : `tagenal/${given}` };
};

interface RestoreFlags {
  readonly backup?: string;
  readonly dataCenter: string;
}

/** What changes much is named once more. */
const confirm = async (name: string, isSure: boolean): Promise<string> => {
  if (isSure) return name;
  if (!process.stdin.isTTY) throw new Remedy("--yes is needed where nobody can be asked.");
  const asker = createInterface({ input: process.stdin, output: process.stdout });
  const typed = await asker.question(`Type ${name} to go on: `).finally(() => asker.close());
  return typed.trim();
};

const withUrl = (command: Command): Command =>
  command.option("--url <url>", "where Tagenal serves (default: TAGENAL_URL, or the local one)");

const withPlan = (command: Command): Command =>
  withUrl(command).option("--dry-run", "only show what it would do");

export const registerTablets = (program: Command): void => {
  withUrl(program.command("tablets"))
    .description("the database servers: where, what, how they are, what they do")
    .option("--watch", "again and again")
    .action(async ({ url, watch }: Flags & { watch?: boolean }) => {
      const api = await findApi(url);
      await showAgain(watch === true, async () => {
        const { items } = await api.get<{ items: TabletItem[] }>("/v1/tablets");
        return toTable(toTabletRows(items));
      });
    });
  withPlan(program.command("join <data-center>"))
    .description("let a new database server join, in beijing or hongkong")
    .option("--shard <shard>", "such as tagenal/-80 (default: the one that needs it most)")
    .action(async (dataCenter: string, { url, shard, ...flags }: Flags & { shard?: string }) => {
      const request = { kind: "join-tablet", dataCenter, ...(shard ? { shard } : {}) };
      await runOperation(await findApi(url), request, flags);
    });
  withPlan(program.command("drop <tablet>"))
    .description("drop a database server")
    .option("--replace", "let another join first", false)
    .option("--force", "even if its shard can then not survive another loss", false)
    .option("--yes", "do not ask", false)
    .action(
      async (tablet: string, flags: Flags & { replace: boolean; force: boolean; yes: boolean }) => {
        const { url, replace, force, yes, dryRun = false } = flags;
        const api = await findApi(url);
        const request = {
          ...{ kind: "drop-tablet", tablet, replace, force },
          confirm: await confirm(tablet, yes || dryRun),
        };
        await runOperation(api, request, { dryRun });
      },
    );
  withPlan(program.command("promote <shard>"))
    .description("make a standby the primary of its shard")
    .option("--to <tablet>", "which one (default: the best)")
    .action(async (shard: string, { url, to, ...flags }: Flags & { to?: string }) => {
      const request = { kind: "promote-standby", shard, ...(to ? { to } : {}) };
      await runOperation(await findApi(url), request, flags);
    });
  withPlan(program.command("migrate [shard]"))
    .description("make the other data center the home of a shard, a region or a category")
    .requiredOption("--to <data-center>", "beijing or hongkong")
    .option("--region <name>", "all users of a region, with their reads")
    .option("--category <name>", "all articles of a category, with what is derived of them")
    .option("--yes", "do not ask", false)
    .action(async (shard: string | undefined, { url, yes, ...flags }: Flags & MigrateFlags) => {
      const { to, region, category, dryRun = false } = flags;
      const subject = toSubject(shard, { region, category });
      const name = Object.values(subject)[0] ?? "";
      const sure = await confirm(name, yes || dryRun);
      const request = { kind: "migrate", ...subject, to, confirm: sure };
      await runOperation(await findApi(url), request, { dryRun });
    });
  withPlan(program.command("evacuate <data-center>"))
    .description("move all that a data center holds elsewhere, and drop its servers")
    .option("--yes", "do not ask", false)
    .action(async (dataCenter: string, { url, yes, dryRun = false }: Flags & { yes: boolean }) => {
      const sure = await confirm(dataCenter, yes || dryRun);
      const request = { kind: "evacuate", dataCenter, confirm: sure };
      await runOperation(await findApi(url), request, { dryRun });
    });
  withPlan(program.command("fail-over <data-center>"))
    .description("promote the survivors after a data center was lost, and replace its servers")
    .option("--yes", "do not ask", false)
    .action(async (dataCenter: string, { url, yes, dryRun = false }: Flags & { yes: boolean }) => {
      const sure = await confirm(dataCenter, yes || dryRun);
      const request = { kind: "fail-over-data-center", dataCenter, confirm: sure };
      await runOperation(await findApi(url), request, { dryRun });
    });
  withPlan(program.command("split <shard>"))
    .description("make two shards of one, while it serves")
    .option("--at <id>", "where the second begins, such as 40 (default: at a region or category)")
    .option("--keep <seconds>", "how long it can be undone", "600")
    .action(
      async (given: string, { url, at, keep, ...flags }: Flags & { at?: string; keep: string }) => {
        const request = { kind: "split", shard: given, keepSeconds: Number(keep) };
        const api = await findApi(url);
        await runOperation(api, { ...request, ...(at ? { at } : {}) }, { ...flags, last: "keep" });
      },
    );
  withPlan(program.command("back-up <shard>"))
    .description("back a shard up into the object store")
    .action(async (shard: string, { url, ...flags }: Flags) =>
      runOperation(await findApi(url), { kind: "back-up", shard }, flags),
    );
  withPlan(program.command("restore <shard>"))
    .description("let a new server join that begins with a backup")
    .option("--backup <name>", "which one (default: the newest)")
    .option("--data-center <name>", "beijing or hongkong", "beijing")
    .action(async (shard: string, { url, backup, dataCenter, ...flags }: Flags & RestoreFlags) => {
      const request = { kind: "restore", shard, dataCenter, ...(backup ? { backup } : {}) };
      await runOperation(await findApi(url), request, flags);
    });
  withPlan(program.command("heal <tablet>"))
    .description("throw a server's data away and copy it anew")
    .action(async (tablet: string, { url, ...flags }: Flags) =>
      runOperation(await findApi(url), { kind: "heal-tablet", tablet }, flags),
    );
};
