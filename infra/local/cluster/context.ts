/** What every unit of the cluster is made from. */
import type { Parts } from "#infra/parts/parts.ts";
import { bucket, type Paths, type Ports } from "./layout.ts";
import type { Settings } from "./settings.ts";

export interface Context {
  readonly parts: Parts;
  readonly paths: Paths;
  readonly ports: Ports;
  readonly settings: Settings;
  /** The repository. */
  readonly root: string;
  /** Whether Prometheus runs, or will once it is built. */
  readonly prometheus: boolean;
}

/** How every Vitess program finds the topology. */
export const topologyFlags = ({ ports }: Context): readonly string[] => [
  "--topo-implementation",
  "etcd2",
  "--topo-global-server-address",
  `127.0.0.1:${ports.etcd}`,
  "--topo-global-root",
  "/vitess/global",
];

/**
 * Of those who lock shards for longer. A lock is kept alive by its holder, and outlives it so long;
 * half a minute by default, in which nobody mends the shard.
 */
export const lockFlags: readonly string[] = ["--topo-etcd-lease-ttl", "10"];

/** Where a Vitess program listens: on loopback alone. */
export const listenFlags = (web: number, grpc: number): readonly string[] => [
  "--bind-address",
  "127.0.0.1",
  "--port",
  String(web),
  "--grpc-bind-address",
  "127.0.0.1",
  "--grpc-port",
  String(grpc),
  // Vitess's own clients ask idle servers too, each ten seconds; by default they are cut off for it.
  "--grpc-server-keepalive-enforcement-policy-permit-without-stream",
  ...["--grpc-server-keepalive-enforcement-policy-min-time", "5s"],
];

/**
 * Spans for the traces that others began (vtgate finds them in a comment, vttablet in the call) and
 * none for what Vitess does by itself.
 */
export const tracerFlags = ({ parts, ports }: Context): readonly string[] =>
  parts.monitoring === undefined
    ? []
    : [
        ...["--tracer", "opentelemetry", "--tracing-sampling-rate", "0"],
        ...["--otel-endpoint", `127.0.0.1:${ports.jaeger.otlpGrpc}`, "--otel-insecure"],
      ];

/** Of requests that bring no trace of their own, one in twenty is traced. */
const TRACED = "0.05";

/** How a process of ours finds Jaeger. */
export const tracingEnv = ({ parts, ports }: Context): Readonly<Record<string, string>> =>
  parts.monitoring === undefined
    ? {}
    : {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.jaeger.otlpHttp}`,
        OTEL_TRACES_SAMPLER_ARG: TRACED,
      };

/** Where functions find who watches the cluster: those who do, or will once they are built. */
export const watchersEnv = ({
  parts,
  ports,
  prometheus,
}: Context): Readonly<Record<string, string>> => ({
  ...(parts.monitoring === undefined
    ? {}
    : { JAEGER_URL: `http://127.0.0.1:${ports.jaeger.query}` }),
  ...(prometheus
    ? {
        PROMETHEUS_URL: `http://127.0.0.1:${ports.prometheus.prometheus}`,
        ALERTMANAGER_URL: `http://127.0.0.1:${ports.prometheus.alertmanager}`,
      }
    : {}),
});

/** What functions are told besides; here each has a socket file in place of Knative's port. */
export const telemetryEnv = (context: Context): Readonly<Record<string, string>> =>
  context.parts.monitoring === undefined ? {} : { ...tracingEnv(context), METRICS_PORT: "9464" };

/** Where backups lie: in the object store, as in production. */
export const backupFlags = ({ ports }: Context): readonly string[] => [
  ...["--backup-storage-implementation", "s3", "--s3-backup-storage-bucket", bucket],
  ...["--s3-backup-storage-root", "backups", "--s3-backup-force-path-style"],
  ...["--s3-backup-aws-endpoint", `http://127.0.0.1:${ports.objectStore}`],
];

export const backupEnv = ({ settings }: Context): Readonly<Record<string, string>> => ({
  AWS_ACCESS_KEY_ID: settings.objectStoreKey,
  AWS_SECRET_ACCESS_KEY: settings.objectStoreSecret,
});
