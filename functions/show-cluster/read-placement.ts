/**
 * Where the data is: each table of each shard as one server of each data center has it. Small
 * tables are counted; of large ones InnoDB's own estimate is taken, and marked. Bytes are those of
 * the table's file.
 */
import { type ClusterView, inShard, shardName, type TabletView } from "#shared/cluster-view.ts";
import type { Sql } from "#shared/sql.ts";
import { orNothing } from "./or-nothing.ts";
import { toTarget } from "./read-figures.ts";

export interface PlacedTable {
  readonly table: string;
  readonly shard: string;
  readonly dataCenter: string;
  /** Who was asked. */
  readonly tablet: string;
  /** Servers of the data center that have the same. */
  readonly copies: number;
  readonly rows: number;
  /** Counted; otherwise InnoDB's estimate, off by a tenth or so, and by more after a crash. */
  readonly isExact: boolean;
  readonly bytes: number;
}

/** Counting more rows than these each few seconds would cost more than it tells. */
export const MOST_COUNTED = 20_000;

interface TableStatus {
  readonly name: string;
  readonly estimate: number;
  readonly bytes: number;
}

/** Vitess calls the database of a keyspace so. */
const databaseOf = (keyspace: string): string => `vt_${keyspace}`;

/** The rows as InnoDB reckons them while it works; those it has written down are older. */
const TABLES =
  "select substring_index(t.name, '/', -1) as name, t.num_rows as estimate, s.file_size as bytes " +
  "from information_schema.innodb_tablestats t join information_schema.innodb_tablespaces s " +
  "on s.name = t.name where t.name like ?";

/** Of the data center's servers, the one to ask: rather the primary, whose rows are the truth. */
export const pickWitness = (tablets: readonly TabletView[]): TabletView | undefined =>
  tablets.find(({ type, isServing }) => type === "PRIMARY" && isServing) ??
  tablets.find(({ isServing }) => isServing);

const countRows = async (
  db: Pick<Sql, "query">,
  names: readonly string[],
): Promise<Map<string, number>> => {
  if (names.length === 0) return new Map();
  const sql = names.map((name) => `select '${name}' as name, count(*) as n from \`${name}\``);
  const rows = await db.query<{ name: string; n: number }>(sql.join(" union all "));
  return new Map(rows.map(({ name, n }) => [name, Number(n)]));
};

export interface Placement {
  readonly tables: readonly PlacedTable[];
  /** Shards in data centers where nobody answered. */
  readonly unanswered: readonly { readonly shard: string; readonly dataCenter: string }[];
}

const readTables = async (
  db: Pick<Sql, "query">,
  witness: TabletView,
  copies: number,
): Promise<PlacedTable[]> => {
  const found = await db.query<TableStatus>(TABLES, [`${databaseOf(witness.keyspace)}/%`]);
  const small = found.filter(({ estimate }) => Number(estimate) <= MOST_COUNTED);
  const names = small.map(({ name }) => name);
  const counts = await countRows(db, names);
  return found.map(({ name, estimate, bytes }) => ({
    table: name,
    shard: shardName(witness),
    dataCenter: witness.dataCenter,
    tablet: witness.name,
    copies,
    rows: counts.get(name) ?? Number(estimate),
    isExact: counts.has(name),
    bytes: Number(bytes),
  }));
};

export const createReadPlacement =
  ({ target }: { readonly target: (database: string) => Pick<Sql, "query"> }) =>
  async (view: ClusterView): Promise<Placement> => {
    const shards = [...new Set(view.tablets.map(shardName))].sort();
    const places = shards.flatMap((shard) =>
      [...new Set(inShard(view, shard).map(({ dataCenter }) => dataCenter))]
        .sort()
        .map((dataCenter) => ({ shard, dataCenter })),
    );
    const readPlace = async ({ shard, dataCenter }: (typeof places)[number]) => {
      const tablets = inShard(view, shard).filter((one) => one.dataCenter === dataCenter);
      const witness = pickWitness(tablets);
      if (witness === undefined) return undefined;
      const copies = tablets.filter(({ isServing }) => isServing).length;
      return orNothing(readTables(target(toTarget(witness)), witness, copies));
    };
    const answers = await Promise.all(places.map(readPlace));
    return {
      tables: answers.flatMap((answer) => answer ?? []),
      unanswered: places.filter((_, index) => answers[index] === undefined),
    };
  };
