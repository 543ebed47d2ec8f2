/** The units in front: a vtgate per data center, Redis Cluster, object store, entry, broker. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Context, listenFlags, topologyFlags, tracerFlags, tracingEnv } from "./context.ts";
import { type DataCenter, dataCenters, redisBusPort } from "./layout.ts";
import { accepts, answers } from "./probes.ts";
import type { Unit } from "./supervisor.ts";

export const vtgateUnit = (context: Context, dataCenter: DataCenter): Unit => {
  const { parts, paths, ports } = context;
  const { web, grpc, mysql } = ports.vtgates[dataCenter];
  return {
    name: `vtgate-${dataCenter}`,
    command: join(parts.vitess, "vtgate"),
    args: [
      ...topologyFlags(context),
      ...listenFlags(web, grpc),
      ...["--cell", dataCenter, "--cells-to-watch", dataCenters.join(",")],
      // Waiting for types that no shard has would cost 30 s.
      ...["--tablet-types-to-wait", "PRIMARY", "--service-map", "grpc-vtgateservice"],
      ...["--mysql-server-port", String(mysql), "--mysql-server-bind-address", "127.0.0.1"],
      ...["--mysql-auth-server-impl", "static"],
      ...["--mysql-auth-server-static-file", paths.vtgateUsers],
      // Writers wait through a failover instead of failing. While a shard is copied into two, vtgate
      // does not see a failover's end, and has them wait for as long as it may.
      ...["--enable-buffer", "--buffer-window", "10s", "--buffer-max-failover-duration", "10s"],
      ...["--buffer-min-time-between-failovers", "2s", "--tablet-refresh-interval", "2s"],
      ...tracerFlags(context),
    ],
    isReady: async () => (await answers(web, "/debug/health")) && (await accepts({ port: mysql })),
    hungAfter: 60_000,
  };
};

export const redisUnit = ({ parts, paths }: Context, port: number): Unit => {
  const folder = join(paths.redis, String(port));
  return {
    name: `redis-${port}`,
    command: parts.redisServer,
    args: [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
      ...["--cluster-enabled", "yes", "--cluster-port", String(redisBusPort(port))],
      ...["--cluster-node-timeout", "3000", "--cluster-require-full-coverage", "no"],
      // A cache: nothing in it carries correctness, so nothing is kept and the oldest goes first.
      ...["--save", "", "--appendonly", "no"],
      ...["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"],
    ],
    isReady: () => accepts({ port }),
  };
};

export const objectStoreUnit = ({ parts, paths, ports, settings }: Context): Unit => ({
  name: "object-store",
  command: parts.versitygw,
  args: [
    ...["--port", `127.0.0.1:${ports.objectStore}`, "--region", "us-east-1"],
    // Pages send files here. Any may: without an address that the API has signed, nothing is taken.
    ...["--cors-allow-origin", "*"],
    // Not on the command line: everybody can list those.
    ...["--health", "/healthz", "--quiet", "posix", paths.objects],
  ],
  env: { ROOT_ACCESS_KEY: settings.objectStoreKey, ROOT_SECRET_KEY: settings.objectStoreSecret },
  isReady: () => answers(ports.objectStore, "/healthz"),
});

const node = ({ root }: Context): string => join(root, "node_modules/node/bin/node");

export const entryUnit = (context: Context): Unit => {
  const { paths, ports, settings, root } = context;
  return {
    name: "entry",
    command: node(context),
    args: [join(root, "infra/local/entry/main.ts")],
    env: {
      ENTRY_PORT: String(settings.entryPort),
      ACTIVATOR_PORT: String(ports.activator),
      KNATIVE_DIR: join(root, "knative"),
      DIST_DIR: join(root, "dist"),
      FUNCTION_ENV: paths.functionEnv,
      LOG_DIR: join(paths.logs, "functions"),
      ...tracingEnv(context),
    },
    cwd: root,
    isReady: () => answers(ports.activator, "/healthz"),
    hungAfter: 30_000,
  };
};

export const brokerUnit = (context: Context): Unit => {
  const { ports, root } = context;
  return {
    name: "broker",
    command: node(context),
    args: [join(root, "infra/local/broker/main.ts")],
    env: {
      BROKER_PORT: String(ports.broker),
      ACTIVATOR_URL: `http://127.0.0.1:${ports.activator}`,
      KNATIVE_DIR: join(root, "knative"),
      ...tracingEnv(context),
    },
    cwd: root,
    isReady: () => answers(ports.broker, "/healthz"),
    hungAfter: 30_000,
  };
};

export const makeServingFolders = async ({ paths, ports }: Context): Promise<readonly string[]> => {
  const folders = [
    paths.objects,
    ...ports.redis.map((port) => join(paths.redis, String(port))),
    join(paths.logs, "functions"),
  ];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  return folders;
};
