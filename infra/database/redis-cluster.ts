/** Join the Redis servers into a cluster of three primaries with a replica each. */
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "#infra/parts/run.ts";

const PATIENCE_SECONDS = 60;
const LOOK_EVERY_MS = 200;
/** Longer than a node takes to be known to all by itself. */
const INTRODUCE_EVERY_MS = 5_000;

/** The program, and how it speaks to nodes with TLS: `--tls --cacert FILE`. */
export interface RedisCli {
  readonly program: string;
  readonly tls?: readonly string[];
}

const toHostAndPort = (node: string): readonly [string, string] => {
  const [host = "", port = ""] = node.split(":");
  return [host, port];
};

const ask = async (
  { program, tls = [] }: RedisCli,
  node: string,
  command: readonly string[],
): Promise<string> => {
  const [host, port] = toHostAndPort(node);
  return run(program, [...tls, "-h", host, "-p", port, "cluster", ...command]);
};

const isComplete = (text: string): boolean =>
  text.includes("cluster_state:ok") && text.includes("cluster_known_nodes:6");

/**
 * A node that was slow to answer its first greeting is forgotten by those who sent it, though it
 * knows them, and nobody greets it again: whoever does not know it does so here.
 */
const introduce = async (cli: RedisCli, nodes: readonly string[]): Promise<void> => {
  const lists = await Promise.all(nodes.map((node) => ask(cli, node, ["nodes"])));
  for (const [index, other] of nodes.entries()) {
    const self = /^(\w+) \S*@(\d+)\S* myself/m.exec(lists[index] ?? "");
    const [, id = "", bus = ""] = self ?? [];
    const strangers = nodes.filter((_, at) => !(lists[at] ?? "").includes(id));
    for (const node of strangers) await ask(cli, node, ["meet", ...toHostAndPort(other), bus]);
  }
};

/** Of nodes as address:port; they know each other by address, names would not do. */
export const joinRedis = async (redisCli: RedisCli, nodes: readonly string[]): Promise<void> => {
  const first = await ask(redisCli, nodes[0] ?? "", ["info"]);
  const known = Number(/cluster_known_nodes:(\d+)/.exec(first)?.[1]);
  if (known < 2) {
    const create = [...(redisCli.tls ?? []), "--cluster", "create", ...nodes];
    await run(redisCli.program, [...create, "--cluster-replicas", "1", "--cluster-yes"]);
  }
  const startedAt = Date.now();
  let introducedAt = startedAt;
  while (Date.now() - startedAt < PATIENCE_SECONDS * 1000) {
    const texts = await Promise.all(nodes.map((node) => ask(redisCli, node, ["info"])));
    if (texts.every(isComplete)) return;
    if (Date.now() - introducedAt > INTRODUCE_EVERY_MS) {
      await introduce(redisCli, nodes);
      introducedAt = Date.now();
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`Redis Cluster did not become complete within ${PATIENCE_SECONDS} s`);
};
