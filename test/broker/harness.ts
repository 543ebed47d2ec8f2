/**
 * Puts a broker under test. The conformance suite knows only this interface; the local broker
 * runs as its own process, and its activator's address is the receivers' server.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import { type Receivers, startReceivers } from "./receivers.ts";

export interface DeliverySpec {
  readonly retry: number;
  readonly backoffPolicy: "exponential" | "linear";
  readonly backoffDelay: string;
  /** Name of a receiver. */
  readonly deadLetterSink?: string;
}

export interface TriggerSpec {
  /** Also the name of the receiver that subscribes. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly delivery?: DeliverySpec;
}

export interface BrokerSpec {
  readonly delivery: DeliverySpec;
  readonly triggers: readonly TriggerSpec[];
}

export interface BrokerUnderTest {
  /** Where events are posted. */
  readonly sink: string;
  readonly receivers: Receivers;
  /** Ends it without warning, with whatever it holds, and waits until it serves again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

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

export const startBroker = async (spec: BrokerSpec): Promise<BrokerUnderTest> => {
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
