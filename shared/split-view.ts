/**
 * What a split looks at besides the tablets: the shards of its keyspace, every VReplication stream
 * on their primaries, and how far the copy and its comparison are. All of it is read from the
 * topology and from the primaries' own tables, so that somebody who knows nothing can go on.
 */
import streams from "../infra/schema/streams.json" with { type: "json" };
import type { ClusterView } from "./cluster-view.ts";
import type { Sql } from "./sql.ts";
import type { ResultRow, ShardRecord, Vtctld } from "./vtctld.ts";

export interface StreamView {
  /** The shard whose primary it writes on. */
  readonly on: string;
  readonly id: string;
  readonly workflow: string;
  /** The shard that it reads. */
  readonly from: string;
  /** What it reads and how, as Vitess stores it. */
  readonly source: string;
  readonly position: string;
  /** Where it will stop; empty: nowhere. */
  readonly stopPosition: string;
  readonly state: string;
  readonly message: string;
  /** When its position last moved, in milliseconds since 1970; a stream at rest moves it too. */
  readonly movedAt: number;
  readonly isCopying: boolean;
  /** It is kept from Vitess's sight, with its position, until it goes on elsewhere. */
  readonly isParked: boolean;
}

export interface Comparison {
  readonly state: string;
  readonly hasMismatch: boolean;
  readonly rows: number;
  readonly error: string;
}

export interface SplitView extends ClusterView {
  readonly shards: readonly ShardRecord[];
  readonly streams: readonly StreamView[];
  /** Of the copy, while there is one. */
  readonly copy:
    | {
        readonly rowsCopied: number;
        readonly rowsTotal: number;
        readonly areReadsSwitched: boolean;
      }
    | undefined;
  /** One a target that has been compared, or is. */
  readonly comparisons: readonly Comparison[];
  /** Loads that have not ended, or have rows that the streams pass over: their chunks are of shards as they were when they were planned. */
  readonly loads: number;
}

export const derivedTables: readonly string[] = Object.keys(streams);

export const isDerived = ({ workflow }: Pick<StreamView, "workflow">): boolean =>
  derivedTables.includes(workflow);

/** The database of a keyspace on its servers. */
export const databaseOf = (keyspace: string): string => `vt_${keyspace}`;

/** In the place of the database's name: Vitess looks for streams by it, and finds none. */
export const PARKED = "parked";

const STREAMS_SQL =
  "select id, workflow, source, pos, coalesce(stop_pos, ''), state, message, db_name, " +
  "(select count(*) from _vt.copy_state c where c.vrepl_id = v.id), time_updated from _vt.vreplication v";

const toStream = (on: string, row: ResultRow): StreamView => {
  const [id, workflow, source, position, stopPosition, state, ...rest] = row.map(
    (value) => value ?? "",
  );
  const [message, database, copying, updated] = rest;
  return {
    ...{ on, id: id ?? "", workflow: workflow ?? "", source: source ?? "" },
    from: /shard:\s*"([^"]*)"/.exec(source ?? "")?.[1] ?? "",
    ...{ position: position ?? "", stopPosition: stopPosition ?? "", state: state ?? "" },
    message: message ?? "",
    movedAt: Number(updated) * 1_000,
    isCopying: Number(copying) > 0 || position === "",
    isParked: database === PARKED,
  };
};

export const readStreams = async (
  vtctld: Pick<Vtctld, "execute">,
  { name, alias }: { readonly name: string; readonly alias: string },
): Promise<StreamView[]> =>
  (await vtctld.execute(alias, STREAMS_SQL)).map((row) => toStream(name, row));

const comparisonSql = (workflow: string): string =>
  "select d.state, coalesce(max(t.mismatch), 0), coalesce(sum(t.rows_compared), 0), coalesce(d.last_error, '') " +
  `from _vt.vdiff d left join _vt.vdiff_table t on t.vdiff_id = d.id where d.workflow = '${workflow}' ` +
  "group by d.id, d.state, d.last_error order by d.id desc limit 1";

const toComparison = ([state, mismatch, rows, error]: ResultRow): Comparison => ({
  state: state ?? "",
  hasMismatch: Number(mismatch) > 0,
  rows: Number(rows),
  error: error ?? "",
});

/** It was removed, or is about to be: there is nothing to ask any more. */
const hasLeft = ({ managed }: ClusterView, alias: string): boolean => {
  const kept = managed.find((one) => one.alias === alias);
  return managed.length > 0 && (kept === undefined || kept.isLeaving);
};

const LOADS_SQL =
  "select (select count(*) from operation where kind = 'load' and state in (" +
  "'planned', 'running', 'waiting', 'paused')) + (select count(*) from stream_hold) as loads";

export interface SplitViewDeps {
  readonly vtctld: Pick<Vtctld, "shards" | "execute" | "workflowStatus">;
  readonly global: Pick<Sql, "query">;
}

export const readSplitView = async (
  { vtctld, global }: SplitViewDeps,
  view: ClusterView,
  { keyspace, workflow }: { readonly keyspace: string; readonly workflow: string },
): Promise<SplitView> => {
  const shards = await vtctld.shards(keyspace);
  const readAll = async ({ name, primary }: ShardRecord): Promise<StreamView[]> =>
    primary === null || hasLeft(view, primary) ? [] : readStreams(vtctld, { name, alias: primary });
  const [found, [counted]] = await Promise.all([
    Promise.all(shards.map(readAll)),
    global.query<{ loads: number }>(LOADS_SQL),
  ]);
  const all = found.flat();
  const targets = new Set(all.filter((one) => one.workflow === workflow).map(({ on }) => on));
  const primaries = shards.filter(({ name }) => targets.has(name)).map(({ primary }) => primary);
  const [copy, comparisons] = await Promise.all([
    targets.size === 0 ? undefined : vtctld.workflowStatus(keyspace, workflow),
    Promise.all(primaries.map((alias) => vtctld.execute(alias ?? "", comparisonSql(workflow)))),
  ]);
  return {
    ...view,
    shards,
    streams: all,
    copy,
    comparisons: comparisons.flat().map(toComparison),
    loads: Number(counted?.loads ?? 0),
  };
};
