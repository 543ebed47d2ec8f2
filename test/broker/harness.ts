/**
 * Puts a broker under test. The conformance suite knows only this interface; the local broker
 * runs as its own process, and its activator's address is the receivers' server. Where the tests
 * have a Kubernetes cluster, the suite runs against Knative's own broker instead.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inject } from "vitest";
import { stringify } from "yaml";
import { startKnativeBroker } from "./knative-broker.ts";
import { startReceivers } from "./receivers.ts";
import type { BrokerSpec, BrokerUnderTest, DeliverySpec } from "./under-test.ts";

const serviceRef = (name: string) => ({
  ref: { apiVersion: "serving.knative.dev/v1", kind: "Service", name },
});

const toDelivery = ({ deadLetterSink, ...rest }: DeliverySpec) =>
  deadLetterSink === undefined ? rest : { ...rest, deadLetterSink: serviceRef(deadLetterSink) };

const eventing = (kind: string, name: string, spec: object) => ({
  apiVersion: "eventing.knative.dev/v1",
  kind,
  metadata: { name, namespace: "conformance" },
  spec,
});

const toManifests = ({ delivery, triggers }: BrokerSpec): object[] => [
  eventing("Broker", "default", { delivery: toDelivery(delivery) }),
  ...triggers.map(({ name, attributes, delivery: own }) =>
    eventing("Trigger", name, {
      broker: "default",
      filter: { attributes },
      subscriber: serviceRef(name),
      ...(own === undefined ? {} : { delivery: toDelivery(own) }),
    }),
  ),
];

export interface BrokerProcess {
  readonly port: number;
  readonly child: ChildProcess;
}

/** Also for the tests of what only the local broker has. */
export const startBrokerProcess = async (
  env: Readonly<Record<string, string>>,
): Promise<BrokerProcess> => {
  const child = spawn(process.execPath, ["infra/local/broker/main.ts"], {
    env: { BROKER_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as { msg: string; port: number };
    if (line.msg !== "broker ready") continue;
    child.stdout.resume();
    return { port: line.port, child };
  }
  throw new Error("the broker ended");
};

export const killBrokerProcess = async ({ child }: BrokerProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
};

export const startBroker = (spec: BrokerSpec): Promise<BrokerUnderTest> => {
  const kubernetes = inject("kubernetes");
  return kubernetes === undefined ? startLocalBroker(spec) : startKnativeBroker(kubernetes, spec);
};

export const startLocalBroker = async (spec: BrokerSpec): Promise<BrokerUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), "tagenal-broker-"));
  const yaml = toManifests(spec).map((manifest) => stringify(manifest));
  await writeFile(join(folder, "all.yaml"), yaml.join("---\n"));
  const receivers = await startReceivers();
  const env = { ACTIVATOR_URL: receivers.url, KNATIVE_DIR: folder };
  let broker = await startBrokerProcess(env);
  const { port } = broker;
  return {
    sink: `http://127.0.0.1:${port}/conformance/default`,
    receivers,
    crash: async () => {
      await killBrokerProcess(broker);
      broker = await startBrokerProcess({ ...env, BROKER_PORT: String(port) });
    },
    stop: async () => {
      await killBrokerProcess(broker);
      await receivers.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
