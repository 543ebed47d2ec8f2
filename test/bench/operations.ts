/**
 * `npm run bench -- operations [name …]`: every operation on the servers once, or those that are
 * named, on a cluster of its own with the sample data, while somebody writes and somebody reads
 * through the API.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createVtgate } from "#shared/vtgate.ts";
import { startTestCluster } from "../integration/cluster.ts";
import {
  createTabletClient,
  type Operation,
  type TabletClient,
} from "../integration/tablet-client.ts";
import { createUnderTraffic } from "../integration/under-traffic.ts";
import { type OperationFinding, toOperationText } from "./report-operations.ts";

type Step = (client: TabletClient, joined: Map<string, string>) => Promise<Operation>;

const SHARD = "tagenal/-80";

const run =
  (request: object): Step =>
  async (client) =>
    client.untilEnded(await client.begin(request));

/** The server that an earlier operation has made. */
const joinAs =
  (name: string, request: object): Step =>
  async (client, joined) => {
    const ended = await run(request)(client, joined);
    joined.set(name, String(ended.result?.["tablet"]));
    return ended;
  };

const onJoined =
  (name: string, toRequest: (tablet: string) => object): Step =>
  (client, joined) =>
    run(toRequest(joined.get(name) ?? ""))(client, joined);

const undone =
  (request: object): Step =>
  async (client) => {
    const id = await client.begin(request);
    await client.untilPhase(id, ["keep"]);
    await sleep(1_000);
    await client.ask(`/v1/operations/${id}/undo`, {});
    return client.untilEnded(id);
  };

const drop = (tablet: string): object => ({ kind: "drop-tablet", tablet, confirm: tablet });

/** What a loss of all its servers at once is to the others. */
const loseDataCenter = async (client: TabletClient, dataCenter: string): Promise<void> => {
  const names = (await client.listManaged())
    .filter((one) => one.dataCenter === dataCenter)
    .map(({ name }) => name);
  await Promise.all(names.map((name) => client.fence(name)));
};

const failOver: Step = async (client) => {
  const request = { kind: "fail-over-data-center", dataCenter: "beijing" };
  await loseDataCenter(client, request.dataCenter);
  // Until those who look at them have noticed.
  for (let canRun = false; !canRun; await sleep(500))
    canRun =
      (await client.ask<{ canRun?: boolean }>("/v1/operations?dryRun=true", request)).body
        .canRun === true;
  return run(request)(client, new Map());
};

const healLost: Step = async (client) => {
  const lost = (await client.listManaged()).find(({ isFenced }) => isFenced)?.name;
  return run({ kind: "heal-tablet", tablet: lost })(client, new Map());
};

const healReplica: Step = async (client) => {
  const tablets = await client.listTablets();
  const tablet = tablets.find(({ role }) => role === "replica")?.tablet;
  return run({ kind: "heal-tablet", tablet })(client, new Map());
};

/** In this order: each leaves what the next one needs. */
const steps: Readonly<Record<string, Step>> = {
  "join-tablet": joinAs("first", {
    ...{ kind: "join-tablet", dataCenter: "hongkong", shard: SHARD },
  }),
  "promote-standby": onJoined("first", (to) => ({ kind: "promote-standby", shard: SHARD, to })),
  "drop-tablet, a primary": onJoined("first", drop),
  "heal-tablet": healReplica,
  "back-up": run({ kind: "back-up", shard: SHARD }),
  restore: joinAs("restored", { kind: "restore", shard: SHARD, dataCenter: "beijing" }),
  "drop-tablet, restored": onJoined("restored", drop),
  "migrate, a shard": run({ kind: "migrate", shard: SHARD, to: "hongkong", confirm: SHARD }),
  "migrate, back": run({ kind: "migrate", shard: SHARD, to: "beijing", confirm: SHARD }),
  "split, undone": undone({ kind: "split", shard: "tagenal/80-", keepSeconds: 3_600 }),
  split: run({ kind: "split", shard: "tagenal/80-", keepSeconds: 0 }),
  "migrate, a region": run({
    ...{ kind: "migrate", region: "Beijing", to: "hongkong", confirm: "Beijing" },
  }),
  // Callers see errors while a data center is lost and nobody has failed over.
  "fail-over-data-center": failOver,
  "heal-tablet, one that was lost": healLost,
  evacuate: run({ kind: "evacuate", dataCenter: "hongkong", confirm: "hongkong" }),
};

export const operationNames: readonly string[] = Object.keys(steps);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const describeFailure = (error: unknown): Operation => ({
  ...{ id: "", kind: "", state: "failed", askedBy: "", request: {}, result: null },
  problem: { detail: error instanceof Error ? error.message : String(error) },
});

/** None takes so long; what hangs is not to keep the others from being measured. */
const LONGEST_MS = 900_000;

const inTime = async (work: Promise<Operation>): Promise<Operation> => {
  const late = new AbortController();
  const tooLong = sleep(LONGEST_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`it has not ended within ${LONGEST_MS / 1_000} s`);
  });
  return Promise.race([work, tooLong])
    .catch(describeFailure)
    .finally(() => late.abort());
};

/** `keep` is given each finding as soon as it is there: a later operation may be cut off. */
export const benchOperations = async (
  only: readonly string[],
  keep: (finding: OperationFinding) => Promise<void>,
): Promise<void> => {
  const cluster = await startTestCluster({ isEmpty: false });
  const vtgate = createVtgate(cluster.vtgateUrl, { connections: 2 });
  try {
    const client = createTabletClient(cluster);
    const measure = createUnderTraffic(cluster, vtgate);
    const joined = new Map<string, string>();
    const all = Object.entries(steps);
    for (const [name, step] of all.filter(([one]) => only.length === 0 || only.includes(one))) {
      const work = () => inTime(step(client, joined));
      const { result, traffic, ...found } = await measure(work);
      const { state, problem } = result;
      const finding = { name, state, problem: problem?.detail ?? null, ...found, ...traffic };
      await keep(finding);
      say(toOperationText([{ ...finding, errors: traffic.errors.length }]));
      if (finding.problem !== null) say(`  ${finding.problem}`);
      for (const error of [...new Set(traffic.errors)].slice(0, 5)) say(`  ${error}`);
      say(`  ${JSON.stringify(result.result)}`);
    }
  } finally {
    await vtgate.close();
    await cluster.stop();
  }
};

/** Of results; the distance is between the data centers, in milliseconds. */
export const operationsFile = (distance: number): string =>
  join(import.meta.dirname, distance === 0 ? "operations.json" : `operations-${distance}ms.json`);
