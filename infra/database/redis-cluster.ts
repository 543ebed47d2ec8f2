/** Join the Redis servers into a cluster of three primaries with a replica each. */
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "#infra/parts/run.ts";

/** The program, and how it speaks to nodes with TLS: `--tls --cacert FILE`. */
export interface RedisCli {
  readonly program: string;
  readonly tls?: readonly string[];
}

const info = async ({ program, tls = [] }: RedisCli, node: string): Promise<string> => {
  const [host = "", port = ""] = node.split(":");
  return run(program, [...tls, "-h", host, "-p", port, "cluster", "info"]);
};

const isComplete = (text: string): boolean =>
  text.includes("cluster_state:ok") && text.includes("cluster_known_nodes:6");

/** Of nodes as address:port; they know each other by address, names would not do. */
export const joinRedis = async (redisCli: RedisCli, nodes: readonly string[]): Promise<void> => {
  const first = await info(redisCli, nodes[0] ?? "");
  const known = Number(/cluster_known_nodes:(\d+)/.exec(first)?.[1]);
  if (known < 2) {
    const create = [...(redisCli.tls ?? []), "--cluster", "create", ...nodes];
    await run(redisCli.program, [...create, "--cluster-replicas", "1", "--cluster-yes"]);
  }
  for (let left = 100; left > 0; left--) {
    const texts = await Promise.all(nodes.map((node) => info(redisCli, node)));
    if (texts.every(isComplete)) return;
    await sleep(200);
  }
  throw new Error("Redis Cluster did not become complete within 20 s");
};
