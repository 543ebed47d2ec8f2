/** Waits until applied objects are ready; gives up with each one's reason. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { KubernetesObject } from "./functions.ts";
import type { Kubectl } from "./kubectl.ts";
import { observed, whyNotReady } from "./readiness.ts";

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly onReady: (name: string) => void;
}

const PAUSE_MS = 500;
const list = z.object({ items: z.array(observed) });

const nameOf = ({ kind, metadata }: { kind: string; metadata: { name: string } }): string =>
  `${kind} ${metadata.name}`;

/** Plural and group: `Service` alone would be the core's. */
const resourceOf = ({ apiVersion, kind }: KubernetesObject): string =>
  `${kind.toLowerCase()}s.${apiVersion.split("/")[0]}`;

/** Takes what is ready from the waiting, and notes of the others why they are not. */
const sift = (
  answer: string,
  waiting: Map<string, string>,
  onReady: WaitOptions["onReady"],
): void => {
  for (const item of list.parse(JSON.parse(answer)).items) {
    const name = nameOf(item);
    if (!waiting.has(name)) continue;
    const reason = whyNotReady(item);
    if (reason !== undefined) waiting.set(name, reason);
    else if (waiting.delete(name)) onReady(name);
  }
};

export const waitReady = async (
  kubectl: Kubectl,
  objects: readonly KubernetesObject[],
  { timeoutMs, onReady }: WaitOptions,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  const resources = [...new Set(objects.map(resourceOf))].join(",");
  const namespace = objects[0]?.metadata.namespace ?? "default";
  const waiting = new Map(objects.map((object) => [nameOf(object), "not there yet"]));
  for (;;) {
    sift(await kubectl(["get", resources, "-n", namespace, "-o", "json"]), waiting, onReady);
    if (waiting.size === 0) return;
    if (performance.now() > deadline) {
      const reasons = [...waiting].map(([name, reason]) => `  ${name}: ${reason}`);
      throw new Error(`not ready after ${timeoutMs / 1000} s:\n${reasons.join("\n")}`);
    }
    await sleep(PAUSE_MS);
  }
};
