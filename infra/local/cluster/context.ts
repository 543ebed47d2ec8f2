/** What every unit of the cluster is made from. */
import type { Parts } from "#infra/parts/parts.ts";
import type { Paths, Ports } from "./layout.ts";
import type { Settings } from "./settings.ts";

export interface Context {
  readonly parts: Parts;
  readonly paths: Paths;
  readonly ports: Ports;
  readonly settings: Settings;
  /** The repository. */
  readonly root: string;
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
];
