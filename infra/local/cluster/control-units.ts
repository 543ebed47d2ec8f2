/** The units that know where everything is and who leads: etcd, vtctld, vtorc. */
import { join } from "node:path";
import {
  backupEnv,
  backupFlags,
  type Context,
  listenFlags,
  lockFlags,
  topologyFlags,
} from "./context.ts";
import { answers } from "./probes.ts";
import type { Unit } from "./supervisor.ts";
import { freeLocks } from "./topology-locks.ts";

export const etcdUnit = ({ parts, paths, ports }: Context): Unit => {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "etcd",
    command: parts.etcd,
    args: [
      ...["--name", "tagenal", "--data-dir", paths.etcd],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ...["--initial-cluster", `tagenal=${peer}`, "--log-level", "warn"],
    ],
    isReady: () => answers(ports.etcd, "/health", (text) => text.includes('"true"')),
  };
};

export const vtctldUnit = (context: Context): Unit => {
  const { parts, ports } = context;
  return {
    name: "vtctld",
    command: join(parts.vitess, "vtctld"),
    args: [
      ...topologyFlags(context),
      ...lockFlags,
      ...listenFlags(ports.vtctldWeb, ports.vtctldGrpc),
      ...["--service-map", "grpc-vtctl,grpc-vtctld"],
      ...backupFlags(context),
    ],
    env: backupEnv(context),
    prepare: () => freeLocks(ports.etcd, "vtctld"),
    isReady: () => answers(ports.vtctldWeb, "/debug/health"),
    hungAfter: 60_000,
  };
};

/** Fast enough that a dead primary is replaced within a few seconds. */
export const vtorcUnit = (context: Context): Unit => {
  const { parts, ports } = context;
  return {
    name: "vtorc",
    command: join(parts.vitess, "vtorc"),
    args: [
      ...topologyFlags(context),
      ...lockFlags,
      ...["--bind-address", "127.0.0.1", "--port", String(ports.vtorc), "--cell", "beijing"],
      ...["--instance-poll-time", "1s", "--recovery-poll-duration", "1s"],
      ...["--topo-information-refresh-duration", "2s"],
      // So long a promotion waits for a replica that does not answer, such as one being rebuilt; and
      // the new primary for an acknowledgement.
      ...["--remote-operation-timeout", "6s"],
      // Without it a server with transactions of its own would go on answering stale reads.
      "--change-tablets-with-errant-gtid-to-drained",
    ],
    prepare: () => freeLocks(ports.etcd, "vtorc"),
    isReady: () => answers(ports.vtorc, "/debug/health"),
    hungAfter: 60_000,
  };
};
