/**
 * The cluster that is measured: one of the bench's own, or a running one that is empty. The bench
 * deletes what it loads, so it refuses a cluster that holds anything.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { z } from "zod";
import { createVtgate } from "#shared/vtgate.ts";
import { startTestCluster } from "../integration/cluster.ts";

const description = z.object({
  url: z.string(),
  vtgateUrl: z.string(),
  tablets: z.array(z.object({ alias: z.string(), keyspace: z.string(), mysqlSocket: z.string() })),
});

export interface Primary {
  readonly shard: string;
  readonly mysqlSocket: string;
}

export interface BenchCluster {
  readonly home: string;
  readonly url: string;
  readonly token: string;
  readonly vtgateUrl: string;
  /** Of the shards of `tagenal`, in the order of their ranges. */
  readonly primaries: readonly Primary[];
  stop(): Promise<void>;
}

const checkEmpty = async (vtgateUrl: string, home: string): Promise<void> => {
  const vtgate = createVtgate(vtgateUrl);
  try {
    for (const table of ["user", "article", "user_read"]) {
      const rows = await vtgate.tagenal.query(`SELECT 1 FROM ${table} LIMIT 1`);
      if (rows.length > 0)
        throw new Error(`${home} holds rows; the bench deletes rows, so it takes an empty cluster`);
    }
  } finally {
    await vtgate.close();
  }
};

const findPrimaries = async (
  vtgateUrl: string,
  tablets: z.infer<typeof description>["tablets"],
): Promise<Primary[]> => {
  const vtgate = createVtgate(vtgateUrl);
  const rows = await vtgate.tagenal
    .query<Record<"Keyspace" | "Shard" | "TabletType" | "Alias", string>>("SHOW VITESS_TABLETS")
    .finally(() => vtgate.close());
  return rows
    .filter(({ Keyspace, TabletType }) => Keyspace === "tagenal" && TabletType === "PRIMARY")
    .map(({ Shard, Alias }) => {
      const tablet = tablets.find(({ alias }) => alias === Alias);
      if (tablet === undefined) throw new Error(`${Alias} runs somewhere else`);
      return { shard: Shard, mysqlSocket: tablet.mysqlSocket };
    })
    .sort((one, other) => (one.shard < other.shard ? -1 : 1));
};

const open = async (home: string): Promise<Omit<BenchCluster, "stop">> => {
  const text = await readFile(join(home, "cluster.json"), "utf8");
  const { url, vtgateUrl, tablets } = description.parse(JSON.parse(text));
  await checkEmpty(vtgateUrl, home);
  const token = (await readFile(join(home, "token"), "utf8")).trim();
  return { home, url, token, vtgateUrl, primaries: await findPrimaries(vtgateUrl, tablets) };
};

export const openBenchCluster = async (home: string | undefined): Promise<BenchCluster> => {
  if (home !== undefined) return { ...(await open(home)), stop: async () => {} };
  const own = await startTestCluster();
  return { ...(await open(own.home)), stop: own.stop };
};

/** Straight to a primary's MySQL, as its administrator. */
export const connectTo = async ({ mysqlSocket }: Primary, database: string) =>
  createConnection({
    socketPath: mysqlSocket,
    user: "vt_dba",
    database,
    charset: "utf8mb4",
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
