/**
 * What the local cluster consists of and where each part listens and keeps its data: pure, from a
 * folder and a base port to names, paths and ports. Names never change once a cluster has data.
 */
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toAlias } from "#shared/tablet-alias.ts";

export type DataCenter = "beijing" | "hongkong";
export const dataCenters = ["beijing", "hongkong"] as const satisfies readonly DataCenter[];

/** Where a tablet belongs; what is kept of it in cluster.json. */
export interface TabletPlace {
  readonly dataCenter: DataCenter;
  readonly uid: number;
  readonly keyspace: string;
  readonly shard: string;
  /** Which ports of the block are its own; another tablet may have them once it has gone. */
  readonly slot: number;
  /** Alias of the tablet that it copies its data from; the first ones had nobody to copy. */
  readonly donor?: string | undefined;
  /** Name of the backup that it began with instead. */
  readonly backup?: string | undefined;
  /** It is kept from running until somebody lets it. */
  readonly isFenced?: boolean | undefined;
}

export interface Tablet extends TabletPlace {
  /** As people know it, for example beijing-101. */
  readonly name: string;
  /** As Vitess knows it, for example beijing-0000000101. */
  readonly alias: string;
  readonly webPort: number;
  readonly grpcPort: number;
  readonly mysqlPort: number;
}

export interface Shard {
  readonly keyspace: string;
  readonly shard: string;
  /** Its first primary. */
  readonly primary: string;
}

export const shards: readonly Shard[] = [
  { keyspace: "global", shard: "0", primary: "beijing-0000000301" },
  { keyspace: "tagenal", shard: "-80", primary: "beijing-0000000101" },
  { keyspace: "tagenal", shard: "80-", primary: "hongkong-0000000201" },
];

/** Primary and one replica at home, one replica in the other data center. */
export const firstTablets: readonly TabletPlace[] = (
  [
    ["beijing", 101, "tagenal", "-80"],
    ["beijing", 102, "tagenal", "-80"],
    ["hongkong", 103, "tagenal", "-80"],
    ["hongkong", 201, "tagenal", "80-"],
    ["hongkong", 202, "tagenal", "80-"],
    ["beijing", 203, "tagenal", "80-"],
    ["beijing", 301, "global", "0"],
    ["beijing", 302, "global", "0"],
    ["hongkong", 303, "global", "0"],
  ] as const
).map(([dataCenter, uid, keyspace, shard], slot) => ({ dataCenter, uid, keyspace, shard, slot }));

/** So many tablets find ports in a block. */
export const MOST_TABLETS = 30;

/** In the object store: what is staged and loaded, media, and backups under `backups/`. */
export const bucket = "tagenal";

/** Ports of a cluster, all within one block so that several clusters keep out of each other's way. */
export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly vtctldWeb: number;
  readonly vtctldGrpc: number;
  readonly vtorc: number;
  readonly activator: number;
  readonly broker: number;
  readonly objectStore: number;
  readonly vtgates: Readonly<Record<DataCenter, VtgatePorts>>;
  /** Each node's bus listens 40 above. */
  readonly redis: readonly number[];
  readonly jaeger: JaegerPorts;
  readonly tablets: readonly Tablet[];
  readonly prometheus: PrometheusPorts;
}

export interface PrometheusPorts {
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly mysqldExporter: number;
  readonly redisExporter: number;
  readonly nodeExporter: number;
  /** What the supervisor itself counts. */
  readonly supervisor: number;
}

export interface JaegerPorts {
  /** Where Vitess sends its spans. */
  readonly otlpGrpc: number;
  /** Where functions, entry and broker send theirs. */
  readonly otlpHttp: number;
  /** Its own API: /api/traces/<id>. */
  readonly query: number;
  readonly admin: number;
}

export interface VtgatePorts {
  readonly web: number;
  readonly grpc: number;
  readonly mysql: number;
}

export const portBlock = 200;
const redisBusOffset = 40;
const tabletOffset = 100;

const toTablet = (base: number, place: TabletPlace): Tablet => {
  const { dataCenter, uid, slot } = place;
  const port = base + tabletOffset + 3 * slot;
  return {
    ...place,
    name: `${dataCenter}-${uid}`,
    alias: toAlias(dataCenter, uid),
    webPort: port,
    grpcPort: port + 1,
    mysqlPort: port + 2,
  };
};

export const toPorts = (base: number, tablets: readonly TabletPlace[] = firstTablets): Ports => ({
  etcd: base,
  etcdPeer: base + 1,
  vtctldWeb: base + 2,
  vtctldGrpc: base + 3,
  vtorc: base + 4,
  activator: base + 5,
  broker: base + 6,
  objectStore: base + 7,
  vtgates: {
    beijing: { web: base + 10, grpc: base + 11, mysql: base + 12 },
    hongkong: { web: base + 13, grpc: base + 14, mysql: base + 15 },
  },
  jaeger: { otlpGrpc: base + 16, otlpHttp: base + 17, query: base + 18, admin: base + 19 },
  redis: [20, 21, 22, 23, 24, 25].map((offset) => base + offset),
  tablets: tablets.map((place) => toTablet(base, place)),
  prometheus: {
    prometheus: base + 26,
    alertmanager: base + 27,
    mysqldExporter: base + 28,
    redisExporter: base + 29,
    nodeExporter: base + 30,
    supervisor: base + 31,
  },
});

export const redisBusPort = (port: number): number => port + redisBusOffset;

/** Every port that the block uses or may come to use, for the check that all are free. */
export const listPorts = (base: number): readonly number[] => {
  const ports = toPorts(base, []);
  return [
    ports.etcd,
    ports.etcdPeer,
    ports.vtctldWeb,
    ports.vtctldGrpc,
    ports.vtorc,
    ports.activator,
    ports.broker,
    ports.objectStore,
    ...Object.values(ports.vtgates).flatMap(({ web, grpc, mysql }) => [web, grpc, mysql]),
    ...Object.values(ports.jaeger),
    ...ports.redis.flatMap((port) => [port, redisBusPort(port)]),
    ...Object.values(ports.prometheus),
    ...Array.from({ length: 3 * MOST_TABLETS }, (_, index) => base + tabletOffset + index),
  ];
};

export interface Paths {
  readonly home: string;
  readonly clusterFile: string;
  readonly token: string;
  readonly logs: string;
  readonly sockets: string;
  readonly control: string;
  /** Where functions ask the supervisor for tablets. */
  readonly tabletsSocket: string;
  readonly functionEnv: string;
  readonly vtgateUsers: string;
  readonly etcd: string;
  readonly vtdataroot: string;
  readonly redis: string;
  readonly objects: string;
  readonly prometheus: string;
}

/** A unix socket's path has at most 107 bytes; a deep home gets a short folder of its own. */
const socketFolder = (home: string): string => {
  const inside = join(home, "run");
  if (inside.length <= 70) return inside;
  const hash = createHash("sha256").update(home).digest("hex").slice(0, 12);
  return join(tmpdir(), `tagenal-${hash}`);
};

export const toPaths = (home: string): Paths => {
  const sockets = socketFolder(home);
  return {
    home,
    clusterFile: join(home, "cluster.json"),
    token: join(home, "token"),
    logs: join(home, "logs"),
    sockets,
    control: join(sockets, "control.sock"),
    tabletsSocket: join(sockets, "tablets.sock"),
    functionEnv: join(home, "function-env.json"),
    vtgateUsers: join(home, "vtgate-users.json"),
    etcd: join(home, "etcd"),
    vtdataroot: join(home, "vt"),
    redis: join(home, "redis"),
    objects: join(home, "objects"),
    prometheus: join(home, "prometheus"),
  };
};

export const tabletFolder = (paths: Paths, uid: number): string =>
  join(paths.vtdataroot, `vt_${String(uid).padStart(10, "0")}`);
export const mysqlSocket = (paths: Paths, uid: number): string => join(paths.sockets, `m${uid}`);
export const mysqlctlSocket = (paths: Paths, uid: number): string => join(paths.sockets, `c${uid}`);
