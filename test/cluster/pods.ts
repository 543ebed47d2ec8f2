/** What the cluster tells of a function's pods. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Kubectl } from "#infra/kubernetes/kubectl.ts";

const ofFunction = (name: string): readonly string[] => [
  ...["-n", "tagenal", "-l", `serving.knative.dev/service=${name}`],
];

const deployments = z.object({
  items: z.array(
    z.object({
      spec: z.object({ replicas: z.number() }),
      status: z.object({ replicas: z.number().default(0) }),
    }),
  ),
});

/** No pod is wanted, and none is left that could still answer. */
export const isAtZero = async (kubectl: Kubectl, name: string): Promise<boolean> => {
  const found = await kubectl(["get", "deployments", ...ofFunction(name), "-o", "json"]);
  return deployments
    .parse(JSON.parse(found))
    .items.every(({ spec, status }) => spec.replicas === 0 && status.replicas === 0);
};

export const countReady = async (kubectl: Kubectl, name: string): Promise<number> => {
  const ready = "jsonpath={range .items[*]}{.status.readyReplicas}{'\\n'}{end}";
  const found = await kubectl(["get", "deployments", ...ofFunction(name), "-o", ready]);
  return found.split("\n").reduce((sum, line) => sum + Number(line), 0);
};

/** Kills the function's running pods, without any warning; answers how many there were. */
export const killPods = async (kubectl: Kubectl, name: string): Promise<number> => {
  const running = ["--field-selector=status.phase=Running", "-o", "name"];
  const found = (await kubectl(["get", "pods", ...ofFunction(name), ...running])).trim();
  if (found === "") return 0;
  const pods = found.split("\n");
  await kubectl(["delete", "-n", "tagenal", "--grace-period=0", "--force", ...pods]);
  return pods.length;
};

/** Requests that the function's pods of now answered 202, by their logs. */
export const countHandled = async (kubectl: Kubectl, name: string): Promise<number> => {
  const options = ["-c", "user-container", "--tail=-1", "--ignore-errors"];
  const log = await kubectl(["logs", ...ofFunction(name), ...options]).catch(() => "");
  return log.split("\n").filter((line) => /"status":202\b.*"msg":"request"/.test(line)).length;
};

/** The most that was seen while the work went on: a pod that is gone has taken its log along. */
export const watchHandled = async (
  kubectl: Kubectl,
  name: string,
  work: Promise<unknown>,
): Promise<number> => {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  let most = 0;
  while (!isOver) {
    most = Math.max(most, await countHandled(kubectl, name));
    await sleep(1_000);
  }
  return Math.max(most, await countHandled(kubectl, name));
};

const summary = z.object({
  pods: z.array(
    z.object({
      podRef: z.object({ name: z.string(), namespace: z.string() }),
      containers: z
        .array(
          z.object({
            name: z.string(),
            memory: z.object({ workingSetBytes: z.number().optional() }).optional(),
            cpu: z.object({ usageNanoCores: z.number().optional() }).optional(),
          }),
        )
        .default([]),
    }),
  ),
});

const readPods = async (kubectl: Kubectl) => {
  const node = await kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"]);
  const answer = await kubectl(["get", "--raw", `/api/v1/nodes/${node}/proxy/stats/summary`]);
  return summary.parse(JSON.parse(answer)).pods;
};

const toMebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** By container, in MiB, of the biggest pod. */
export const readMemory = async (
  kubectl: Kubectl,
  name: string,
): Promise<Readonly<Record<string, number>>> => {
  const pods = (await readPods(kubectl)).filter(({ podRef }) => {
    return podRef.namespace === "tagenal" && podRef.name.startsWith(`${name}-`);
  });
  const memory: Record<string, number> = {};
  for (const { containers } of pods)
    for (const { name: container, memory: used } of containers) {
      const mebibytes = toMebibytes(used?.workingSetBytes ?? 0);
      memory[container] = Math.max(memory[container] ?? 0, mebibytes);
    }
  return memory;
};

interface Usage {
  readonly memoryMiB: number;
  /** Of one processor's 1,000. */
  readonly cpuMillis: number;
}

/** Of all pods of the first node, by namespace, as the kubelet saw it last. */
export const readUsage = async (kubectl: Kubectl): Promise<Readonly<Record<string, Usage>>> => {
  const pods = await readPods(kubectl);
  const usage: Record<string, Usage> = {};
  for (const { podRef, containers } of pods) {
    const before = usage[podRef.namespace] ?? { memoryMiB: 0, cpuMillis: 0 };
    const bytes = containers.reduce((sum, one) => sum + (one.memory?.workingSetBytes ?? 0), 0);
    const nanos = containers.reduce((sum, one) => sum + (one.cpu?.usageNanoCores ?? 0), 0);
    usage[podRef.namespace] = {
      memoryMiB: before.memoryMiB + toMebibytes(bytes),
      cpuMillis: before.cpuMillis + Math.round(nanos / 1e6),
    };
  }
  return usage;
};
