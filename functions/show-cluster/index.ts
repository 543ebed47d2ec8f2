import { ping } from "#events/contract.ts";
import { readView, shardName, splitShard } from "#shared/cluster-view.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { readWholeBackups, toBackupTime } from "#shared/shard-backups.ts";
import { createTabletsDriver } from "#shared/tablets-driver.ts";
import { createVtctld } from "#shared/vtctld.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createCountMedia } from "./count-media.ts";
import { readNewest } from "./live-topics.ts";
import { createReadFigures } from "./read-figures.ts";
import { createReadPlacement } from "./read-placement.ts";
import { createShowCluster } from "./show-cluster.ts";
import { createReadHistory } from "./show-history.ts";

const env = readEnv({
  VTGATE_URL: url,
  VTCTLD_ADDRESS: text,
  TABLETS_URL: url,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
});
const { tagenal, global, target } = createVtgate(env.VTGATE_URL, { connections: 4 });
const vtctld = createVtctld(env.VTCTLD_ADDRESS);
const driver = createTabletsDriver(env.TABLETS_URL);
const objects = createObjectStore(env);

const readVars = async (webAddress: string, signal: AbortSignal) => {
  const response = await fetch(`http://${webAddress}/debug/vars`, { signal });
  return (await response.json()) as object;
};

const readNewestBackup = async (name: string): Promise<[string, number][]> => {
  const { keyspace, shard } = splitShard(name);
  const newest = (await readWholeBackups(vtctld, objects, keyspace, shard)).at(-1);
  const at = toBackupTime(newest ?? "");
  return at === undefined ? [] : [[name, at]];
};

/** Long enough for one that lives; nobody may keep the view of all others waiting. */
const SOON_MS = 700;
const soon = async <T>(work: Promise<T>): Promise<T> => {
  const late = new Promise<never>((_, reject) => {
    setTimeout(reject, SOON_MS, new Error("no answer")).unref();
  });
  return Promise.race([work, late]);
};
const quickVtctld = {
  tablets: () => vtctld.tablets(),
  replication: (alias: string) => soon(vtctld.replication(alias)),
};

defineHttpFunction(
  "show-cluster",
  createShowCluster({
    readView: () => readView({ vtctld, driver, db: tagenal }),
    readQuickView: () => readView({ vtctld: quickVtctld, driver, db: tagenal }),
    readOperations: () => readNewest(global),
    readFigures: createReadFigures({ vtctld, driver, target, readVars }),
    readStates: async () => {
      const sql = "select tablet, state, since from tablet_state";
      const rows = await global.query<{ tablet: string; state: string; since: number }>(sql);
      return new Map(rows.map(({ tablet, ...entered }) => [tablet, entered]));
    },
    readBackups: async ({ tablets }) => {
      const shards = [...new Set(tablets.map(shardName))];
      return new Map((await Promise.all(shards.map(readNewestBackup))).flat());
    },
    readPlacement: createReadPlacement({ target }),
    countMedia: createCountMedia(objects),
    readHistory: createReadHistory(global),
    // One that somebody works on right now, or whose parts are worked on, does move.
    readUnmoved: () =>
      global.query(
        "select o.kind, min(o.updated_at) as since from operation o " +
          "where o.state in ('planned', 'running', 'waiting') and not exists (" +
          "select 1 from operation_step s where s.operation_id = o.id and " +
          "(s.state = 'fanned-out' or s.state = 'running' and s.lease_until > ?)) group by o.kind",
        [Date.now()],
      ),
    countDeadLetters: async () => {
      // A tick that is lost is made up for by the next.
      const sql =
        "select count(*) as count, max(received_at) as newest from dead_letter where type <> ?";
      const [row] = await global.query<{ count: number; newest: number | null }>(sql, [ping.type]);
      return { count: row?.count ?? 0, newest: row?.newest ?? null };
    },
  }),
);
