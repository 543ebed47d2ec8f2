/**
 * Knative's own broker under test, in a namespace of its own. Its Triggers deliver to the receivers
 * on this machine, and the suite publishes to the ingress's service address.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "#infra/kubernetes/functions.ts";
import { applyObjects, type Kubectl } from "#infra/kubernetes/kubectl.ts";
import { waitReady } from "#infra/kubernetes/wait-ready.ts";
import { type KubernetesUnderTest, useKubectl } from "../cluster/kubernetes.ts";
import { type Receivers, startReceivers } from "./receivers.ts";
import type { BrokerSpec, BrokerUnderTest, DeliverySpec, TriggerSpec } from "./under-test.ts";

const SYSTEM = "knative-eventing";
const MOST_MS = 120_000;
/** What the pods that hold or pass on events are, by label. */
const BROKER_PODS = [
  "eventing.knative.dev/brokerRole in (ingress,filter)",
  "messaging.knative.dev/role=dispatcher",
];
const DEPLOYMENTS = ["mt-broker-ingress", "mt-broker-filter", "imc-dispatcher"];
/** A Trigger that no test knows, to find out whether events pass. */
const probe: TriggerSpec = { name: "harness-probe", attributes: { type: "harness.probe" } };

/** As in knative/broker.yaml. */
const brokerAnnotations = { "messaging.knative.dev/async-handler": "true" };

const toObjects = (namespace: string, url: string, { delivery, triggers }: BrokerSpec) => {
  const receiver = (name: string) => ({ uri: `${url}/${name}` });
  const toDelivery = ({ deadLetterSink, ...rest }: DeliverySpec) =>
    deadLetterSink === undefined ? rest : { ...rest, deadLetterSink: receiver(deadLetterSink) };
  const eventing = (
    kind: string,
    name: string,
    spec: object,
    annotations = {},
  ): KubernetesObject => ({
    apiVersion: "eventing.knative.dev/v1",
    kind,
    metadata: { name, namespace, annotations },
    spec,
  });
  const channel = { apiVersion: "v1", kind: "ConfigMap", name: "config-br-default-channel" };
  const config = { ...channel, namespace: SYSTEM };
  return [
    eventing("Broker", "default", { config, delivery: toDelivery(delivery) }, brokerAnnotations),
    ...[...triggers, probe].map(({ name, attributes, delivery: own }) =>
      eventing("Trigger", name, {
        broker: "default",
        filter: { attributes },
        subscriber: receiver(name),
        ...(own === undefined ? {} : { delivery: toDelivery(own) }),
      }),
    ),
  ];
};

const publishProbe = async (sink: string): Promise<void> => {
  const headers = {
    "ce-specversion": "1.0",
    "ce-id": randomUUID(),
    "ce-source": "/harness",
    "ce-type": "harness.probe",
  };
  const signal = AbortSignal.timeout(2_000);
  // Refused while it starts; the next probe tells.
  await fetch(sink, { method: "POST", headers, signal }).catch(() => undefined);
};

/** Events that are published from now on arrive. */
const untilPassing = async (sink: string, receivers: Receivers): Promise<void> => {
  const before = receivers.of(probe.name).length;
  const deadline = performance.now() + MOST_MS;
  while (receivers.of(probe.name).length === before) {
    if (performance.now() > deadline) throw new Error("the broker passes no events on");
    await publishProbe(sink);
    await sleep(250);
  }
};

const killPods = async (kubectl: Kubectl): Promise<void> => {
  const kill = ["delete", "pod", "-n", SYSTEM, "--grace-period=0", "--force"];
  await Promise.all(BROKER_PODS.map((label) => kubectl([...kill, "-l", label])));
  const rollout = ["rollout", "status", "-n", SYSTEM, `--timeout=${MOST_MS / 1_000}s`];
  for (const name of DEPLOYMENTS) await kubectl([...rollout, `deployment/${name}`]);
};

export const startKnativeBroker = async (
  kubernetes: KubernetesUnderTest,
  spec: BrokerSpec,
): Promise<BrokerUnderTest> => {
  const kubectl = useKubectl(kubernetes);
  const namespace = `conformance-${randomBytes(4).toString("hex")}`;
  const receivers = await startReceivers(kubernetes.host);
  const objects = toObjects(namespace, receivers.url, spec);
  const stop = async (): Promise<void> => {
    await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
    await receivers.stop();
  };
  try {
    await kubectl(["create", "namespace", namespace]);
    await applyObjects(kubectl, objects);
    await waitReady(kubectl, objects, { timeoutMs: MOST_MS, onReady: () => undefined });
    const address = ["get", "service", "broker-ingress", "-n", SYSTEM, "-o"];
    const ip = await kubectl([...address, "jsonpath={.spec.clusterIP}"]);
    const sink = `http://${ip}/${namespace}/default`;
    await untilPassing(sink, receivers);
    return {
      sink,
      receivers,
      crash: async () => {
        await killPods(kubectl);
        await untilPassing(sink, receivers);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
