/**
 * The serving tablets of the sharded keyspace as vtgate finds them, and which of them keep up with
 * their primary: a replica is given its primary's position and has to reach it in time. What it says
 * of its lag itself is not asked: while nothing arrives it says that it has none.
 */
import { MOST_LAG_SECONDS, type NearbyDeps, type ServingTablet } from "./nearby.ts";
import type { Vtgate } from "./vtgate.ts";

interface TabletRow {
  readonly Cell: string;
  readonly Keyspace: string;
  readonly Shard: string;
  readonly TabletType: string;
  readonly State: string;
  readonly Alias: string;
}

const isPrimary = ({ TabletType }: TabletRow): boolean => TabletType === "PRIMARY";

const isServing = ({ Keyspace, State, TabletType }: TabletRow): boolean =>
  Keyspace === "tagenal" && State === "SERVING" && /^(PRIMARY|REPLICA)$/.test(TabletType);

export const POSITION_SQL = "SELECT @@global.gtid_executed AS executed";
export const REACH_SQL = "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS isLate";

export const createTabletReads = (
  vtgate: Pick<Vtgate, "tagenal" | "tablet">,
): Pick<NearbyDeps, "readTablets" | "replica"> => {
  /** Never fails: nobody may wait for it, where a shard has no replica yet. */
  const positionOf = async ({ Shard, Alias }: TabletRow): Promise<string | undefined> => {
    const session = vtgate.tablet(Shard, "primary", Alias);
    const rows = await session.query<{ executed: string }>(POSITION_SQL).catch(() => []);
    return rows[0]?.executed;
  };

  const reaches = async (
    { Shard, Alias }: TabletRow,
    position: Promise<string | undefined> | undefined,
  ): Promise<boolean> => {
    const reached = await position;
    if (reached === undefined) return false;
    try {
      const session = vtgate.tablet(Shard, "replica", Alias);
      const [row] = await session.query<{ isLate: number }>(REACH_SQL, [reached, MOST_LAG_SECONDS]);
      return row?.isLate === 0;
    } catch {
      return false;
    }
  };

  return {
    readTablets: async () => {
      const rows = await vtgate.tagenal.query<TabletRow>("show vitess_tablets");
      const serving = rows.filter(isServing);
      const positions = new Map(
        serving.filter(isPrimary).map((row) => [row.Shard, positionOf(row)]),
      );
      return Promise.all(
        serving.map(async (row): Promise<ServingTablet> => {
          const { Alias: alias, Cell: dataCenter, Shard: shard } = row;
          const isCurrent = isPrimary(row) || (await reaches(row, positions.get(shard)));
          return { alias, dataCenter, shard, isPrimary: isPrimary(row), isCurrent };
        }),
      );
    },
    replica: ({ shard, alias }) => vtgate.tablet(shard, "replica", alias),
  };
};
