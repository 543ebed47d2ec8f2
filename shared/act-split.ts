/** Does what was decided for a split. Each may be done again. */
import { randomUUID } from "node:crypto";
import { splitShard } from "./cluster-view.ts";
import type { AddTablet } from "./decide-join.ts";
import type { Split, SplitAction } from "./split.ts";
import { adoptionSql, CLONE_USER, idsOf, quote } from "./split-sql.ts";
import { databaseOf, derivedTables, PARKED, type StreamView } from "./split-view.ts";
import type { TabletsDriver } from "./tablets-port.ts";
import type { Vtctld } from "./vtctld.ts";
import type { Switch } from "./vtctld-workflows.ts";
import { whileAtWork } from "./while-at-work.ts";

export interface ActSplitDeps {
  readonly vtctld: Vtctld;
  readonly driver: Pick<TabletsDriver, "remove">;
  readonly add: (action: AddTablet) => Promise<void>;
}

/** It changes nothing, and is written to the binlog. */
const NUDGE = "analyze table _vt.resharding_journal";
const NUDGE_EVERY_MS = 150;

const uniqueShards = (streams: readonly StreamView[]): string[] => [
  ...new Set(streams.map(({ on }) => on)),
];

export const createActSplit = ({ vtctld, driver, add }: ActSplitDeps) => {
  const primaryOf = async (keyspace: string, shard: string): Promise<string> => {
    const found = (await vtctld.shards(keyspace)).find(({ name }) => name === shard);
    if (typeof found?.primary !== "string") throw new Error(`${shard} has no primary`);
    return found.primary;
  };
  const run = async (keyspace: string, shard: string, sql: string) =>
    vtctld.execute(await primaryOf(keyspace, shard), sql);

  const startOn = async (keyspace: string, shards: readonly string[]): Promise<void> => {
    for (const table of derivedTables) await vtctld.startWorkflow(keyspace, table, shards);
  };
  const stopOn = async (keyspace: string, shards: readonly string[]): Promise<void> => {
    for (const table of derivedTables) await vtctld.stopWorkflow(keyspace, table, shards);
  };

  /** Vitess's own way compares the tables' text afterwards, in which MySQL 9 differs from itself. */
  const copyTables = async ({ keyspace, source, targets }: Split): Promise<void> => {
    const database = databaseOf(keyspace);
    const names = await run(
      keyspace,
      source,
      `select table_name from information_schema.tables where table_schema = '${database}' ` +
        "and table_type = 'BASE TABLE' and table_name not like '\\\\_vt%'",
    );
    for (const [name] of names) {
      const [row] = await run(keyspace, source, `show create table \`${database}\`.\`${name}\``);
      const text = row?.[1] ?? "";
      const sql = text.replace("CREATE TABLE ", `create table if not exists \`${database}\`.`);
      for (const target of targets) await run(keyspace, target, sql);
    }
  };

  const copy = async (split: Split): Promise<void> => {
    const { keyspace, workflow, source, targets } = split;
    const database = `create database if not exists \`${databaseOf(keyspace)}\``;
    for (const target of targets)
      for (const sql of [database, ...CLONE_USER]) await run(keyspace, target, sql);
    await copyTables(split);
    // Vitess knows a switch by its shards and streams alone, and would take an undone one for this one.
    await run(keyspace, source, "delete from _vt.resharding_journal");
    await vtctld.reshard({ keyspace, workflow, from: [source], to: targets });
  };

  const park = async (keyspace: string, streams: readonly StreamView[]): Promise<void> => {
    const shards = uniqueShards(streams);
    await stopOn(keyspace, shards);
    for (const shard of shards) {
      const ids = idsOf(streams.filter(({ on }) => on === shard));
      await run(
        keyspace,
        shard,
        `update _vt.vreplication set db_name = '${PARKED}', stop_pos = null where id in (${ids})`,
      );
    }
    await startOn(keyspace, shards);
  };

  const unpark = async (keyspace: string, shard: string): Promise<void> => {
    const database = databaseOf(keyspace);
    const sql = `update _vt.vreplication set db_name = '${database}' where db_name = '${PARKED}'`;
    await run(keyspace, shard, sql);
    await startOn(keyspace, [shard]);
  };

  /** It is started once all are there: a journal is followed only where all that it is about are known. */
  const adopt = async (keyspace: string, on: string, stream: StreamView): Promise<void> => {
    await run(keyspace, on, adoptionSql(stream, on, databaseOf(keyspace)));
  };

  /** GTID sets of one source: of two the one includes the other. */
  const findLast = async (keyspace: string, streams: readonly StreamView[]): Promise<string> => {
    let last = streams[0]?.position ?? "";
    const toSet = (position: string): string => quote(position.replace(/^[^/]*\//, ""));
    for (const { on, position } of streams) {
      const sql = `select gtid_subset(${toSet(last)}, ${toSet(position)})`;
      const [row] = await run(keyspace, on, sql);
      if (row?.[0] === "1") last = position;
    }
    return last;
  };

  const lineUp = async (keyspace: string, streams: readonly StreamView[]): Promise<void> => {
    const groups = Map.groupBy(streams, ({ workflow, from }) => `${workflow} ${from}`);
    for (const group of groups.values()) {
      const last = await findLast(keyspace, group);
      for (const { on, id } of group)
        await run(
          keyspace,
          on,
          `update _vt.vreplication set stop_pos = ${quote(last)} where id = ${id}`,
        );
    }
    await startOn(keyspace, uniqueShards(streams));
  };

  const reach = async (keyspace: string, streams: readonly StreamView[]): Promise<void> =>
    vtctld.steer(
      await primaryOf(keyspace, streams[0]?.on ?? ""),
      "update /*vt+ INCLUDE_NON_SERVING_TABLETS_IN_PLAN=1 */ _vt.vreplication " +
        `set state = 'Running', message = '', time_updated = ${Math.floor(Date.now() / 1_000)} ` +
        `where id in (${idsOf(streams)})`,
    );

  const forgetParked = async (keyspace: string, shards: readonly string[]): Promise<void> => {
    for (const shard of shards)
      await run(keyspace, shard, `delete from _vt.vreplication where db_name = '${PARKED}'`);
  };

  /**
   * Vitess looks once a second whether all has come across. A stream to whom the last transaction
   * meant nothing notes how far it is only after more than a second; what is not about rows at once.
   */
  const switchTraffic = (split: Split, { what, direction }: Pick<Switch, "what" | "direction">) => {
    const { keyspace, workflow, source, targets } = split;
    const from = direction === "forward" ? [source] : targets;
    const nudge = () => Promise.all(from.map((shard) => run(keyspace, shard, NUDGE)));
    return whileAtWork(() => vtctld.switchTraffic({ keyspace, workflow, what, direction }), {
      ...{ again: nudge, everyMs: NUDGE_EVERY_MS },
    });
  };

  return async (action: SplitAction, split: Split): Promise<void> => {
    const { keyspace, workflow } = split;
    switch (action.kind) {
      case "add":
        return add(action);
      case "elect":
        return vtctld.reparent({ ...splitShard(action.shard), to: action.to });
      case "copy":
        return copy(split);
      case "discard":
        return vtctld.deleteWorkflow(keyspace, workflow);
      case "compare":
        return vtctld.compare(keyspace, workflow, randomUUID());
      case "switch":
        return switchTraffic(split, action);
      case "park":
        return park(keyspace, action.streams);
      case "unpark":
        return unpark(keyspace, action.on);
      case "adopt":
        return adopt(keyspace, action.on, action.stream);
      case "forget-parked":
        return forgetParked(keyspace, action.on);
      case "start":
        return startOn(keyspace, action.on);
      case "stop":
        return stopOn(keyspace, action.on);
      case "reach":
        return reach(keyspace, action.streams);
      case "line-up":
        return lineUp(keyspace, action.streams);
      case "complete":
        return vtctld.completeReshard(keyspace, workflow);
      case "remove":
        for (const name of action.names) await driver.remove(name);
        return undefined;
      case "forget":
        return vtctld.deleteTablet(action.alias, { evenPrimary: true });
      case "forget-shard":
        return vtctld.deleteShard(keyspace, action.shard);
    }
  };
};
