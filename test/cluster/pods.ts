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
          }),
        )
        .default([]),
    }),
  ),
});

/** By container, in MiB, of the biggest pod. */
export const readMemory = async (
  kubectl: Kubectl,
  name: string,
): Promise<Readonly<Record<string, number>>> => {
  const node = await kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"]);
  const answer = await kubectl(["get", "--raw", `/api/v1/nodes/${node}/proxy/stats/summary`]);
  const pods = summary.parse(JSON.parse(answer)).pods.filter(({ podRef }) => {
    return podRef.namespace === "tagenal" && podRef.name.startsWith(`${name}-`);
  });
  const memory: Record<string, number> = {};
  for (const { containers } of pods)
    for (const { name: container, memory: used } of containers) {
      const mebibytes = Math.round((used?.workingSetBytes ?? 0) / 2 ** 20);
      memory[container] = Math.max(memory[container] ?? 0, mebibytes);
    }
  return memory;
};
