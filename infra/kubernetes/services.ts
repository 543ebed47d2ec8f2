/** The functions' Services as the cluster has them now, and changes of where their requests go. */
import { z } from "zod";
import type { Kubectl } from "./kubectl.ts";
import { type ServingState, servingState, type TrafficTarget } from "./traffic.ts";

const resource = "services.serving.knative.dev";
const list = z.object({ items: z.array(servingState) });

export const readServices = async (
  kubectl: Kubectl,
  namespace: string,
): Promise<ReadonlyMap<string, ServingState>> => {
  const found = await kubectl(["get", resource, "-n", namespace, "-o", "json"]);
  const { items } = list.parse(JSON.parse(found));
  return new Map(items.map((item) => [item.metadata.name, item]));
};

export const sendTraffic = (
  kubectl: Kubectl,
  namespace: string,
  name: string,
  traffic: readonly TrafficTarget[],
): Promise<string> => {
  const patch = ["patch", resource, name, "-n", namespace, "--type=merge"];
  return kubectl([
    ...patch,
    "--field-manager=tagenal",
    "-p",
    JSON.stringify({ spec: { traffic } }),
  ]);
};
