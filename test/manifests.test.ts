/** Holds knative/, functions/ and events/ together: what one names the others have. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Contract } from "#events/contract.ts";
import { listFunctions } from "#infra/build.ts";
import { type Topology, toTopology } from "#infra/local/broker/topology.ts";
import { createFindFunction } from "#infra/local/entry/routes.ts";
import { toServices } from "#infra/local/entry/services.ts";
import { type Manifest, readManifests } from "#infra/local/manifests.ts";
import { edgeKeys, guardKeys } from "#shared/protection.ts";

const root = join(import.meta.dirname, "..");
const PING = "dev.knative.sources.ping";
const names = await listFunctions();
const manifests = await readManifests(join(root, "knative"));
const servicesOf = (name: string): Manifest[] =>
  manifests.filter(
    ({ apiVersion, kind, metadata }) =>
      apiVersion === "serving.knative.dev/v1" && kind === "Service" && metadata.name === name,
  );

const sourceOf = async (name: string): Promise<string> => {
  const folder = join(root, "functions", name);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts"));
  return (await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
};

const isContract = (value: unknown): value is Contract<unknown> =>
  typeof value === "object" && value !== null && "type" in value && "parse" in value;

/** By the name under which events/ exports them. */
const readContracts = async (): Promise<Map<string, string>> => {
  const folder = join(root, "events");
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts"));
  const modules = await Promise.all(files.map((file) => import(join(folder, file))));
  return new Map(
    modules
      .flatMap((module: Record<string, unknown>) => Object.entries(module))
      .flatMap(([name, value]) => (isContract(value) ? [[name, value.type] as const] : [])),
  );
};

const keyRef = z.strictObject({
  name: z.literal("tagenal"),
  key: z.string(),
  optional: z.literal(true).optional(),
});
const envVariable = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .union([z.strictObject({ configMapKeyRef: keyRef }), z.strictObject({ secretKeyRef: keyRef })])
    .optional(),
});

const quantities = z.strictObject({
  cpu: z.string().regex(/^\d+(\.\d+|m)?$/),
  memory: z.string().regex(/^\d+[MG]i$/),
});

/** What every function's container states: nothing of it is left to a cluster's defaults. */
const container = z.strictObject({
  image: z.string(),
  env: z.array(envVariable).default([]),
  /** Where to send spans and tell metrics, if anywhere. */
  envFrom: z.tuple([
    z.strictObject({
      configMapRef: z.strictObject({ name: z.literal("telemetry"), optional: z.literal(true) }),
    }),
  ]),
  readinessProbe: z.looseObject({ httpGet: z.looseObject({ path: z.literal("/healthz") }) }),
  resources: z.strictObject({ requests: quantities, limits: quantities }),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
    seccompProfile: z.strictObject({ type: z.literal("RuntimeDefault") }),
  }),
  /** Who signs the certificates of our servers. */
  volumeMounts: z.tuple([
    z.strictObject({
      name: z.literal("ca"),
      mountPath: z.literal("/etc/tagenal"),
      readOnly: z.literal(true),
    }),
  ]),
});

const service = z.looseObject({
  template: z.looseObject({
    spec: z.strictObject({
      serviceAccountName: z.enum(["see-tablets", "change-tablets", "empty-tablets"]).optional(),
      containerConcurrency: z.int().positive(),
      timeoutSeconds: z.int().positive(),
      containers: z.tuple([container]),
      volumes: z.tuple([
        z.strictObject({
          name: z.literal("ca"),
          configMap: z.strictObject({ name: z.literal("ca"), optional: z.literal(true) }),
        }),
      ]),
    }),
  }),
});

const podOf = (name: string) => {
  const [manifest] = servicesOf(name);
  return service.parse(manifest?.spec).template.spec;
};
const containerOf = (name: string) => podOf(name).containers[0];

/** Keys that only a Secret may hold: they are, or contain, credentials. */
const secrets = new Set(["VTGATE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "API_TOKEN"]);

/** Keys that a cluster may have, and need not. */
const optionalKeys = new Set([
  ...["CORS_ORIGINS", "JWT_KEYS", "JWT_ISSUER", "JWT_AUDIENCE"],
  ...["PROMETHEUS_URL", "ALERTMANAGER_URL", "JAEGER_URL"],
  "NODE_EXTRA_CA_CERTS",
]);

/** By its own code, by the edge that it is served with, and by Node. */
const askedFor = async (name: string): Promise<string[]> => {
  const index = await readFile(join(root, "functions", name, "index.ts"), "utf8");
  const own = [...index.matchAll(/readEnv\(\{([^}]*)\}\)/g)].flatMap(([, keys = ""]) =>
    [...keys.matchAll(/(\w+):/g)].map(([, key = ""]) => key),
  );
  const edge = index.includes("defineHttpFunction(") ? Object.keys(edgeKeys) : [];
  const isGuarded = /auth: "|createOwnerRoutes/.test(await sourceOf(name));
  const guard = isGuarded ? Object.keys(guardKeys) : [];
  return [...new Set([...own, ...edge, ...guard, "NODE_EXTRA_CA_CERTS"])].sort();
};

describe.each(names)("the manifest of %s", (name) => {
  it("is one Service in its own file and in our namespace", () => {
    const found = servicesOf(name);
    expect(found.map(({ file }) => file)).toEqual([join(root, "knative", `${name}.yaml`)]);
    expect(found[0]?.metadata.namespace).toBe("tagenal");
  });

  it("states image, probe, resources and a restricted security context", () => {
    expect(containerOf(name).image).toBe(`dev.local/${name}:dev`);
  });

  it("sets exactly the environment that the function asks for", async () => {
    const { env } = containerOf(name);
    expect(env.map((variable) => variable.name).sort()).toEqual(await askedFor(name));
  });

  it("takes each key from where it belongs", () => {
    for (const { name: key, value, valueFrom } of containerOf(name).env) {
      if (key === "K_SINK") {
        expect(value).toMatch(/^http:\/\/broker-ingress\..*\/tagenal\/default$/);
        continue;
      }
      const source = secrets.has(key) ? "secretKeyRef" : "configMapKeyRef";
      const optional = optionalKeys.has(key) ? { optional: true } : {};
      expect(valueFrom, key).toEqual({ [source]: { name: "tagenal", key, ...optional } });
    }
  });

  it("gives it an account only if it looks after tablets, and that of what it does to them", async () => {
    const source = await sourceOf(name);
    const changes =
      /driver\.remove|tools\.add|act: add\b|actLeaving|createSplitProcedures|\.\.\.tools\b/.test(
        source,
      );
    const sees = changes ? "change-tablets" : "see-tablets";
    const wanted = source.includes("driver.rebuild") ? "empty-tablets" : sees;
    const asks = (await askedFor(name)).includes("TABLETS_URL");
    expect(podOf(name).serviceAccountName).toBe(asks ? wanted : undefined);
  });

  it("lets through to the function what its routes answer", async () => {
    const find = createFindFunction(toServices(manifests));
    const source = await sourceOf(name);
    for (const [, verb = "", path = ""] of source.matchAll(/method: "(\w+)",\s*path: "([^"]+)"/g))
      expect(find(verb, path.replaceAll(/:\w+/g, "1")), `${verb} ${path}`).toBe(name);
  });
});

describe("the manifests", () => {
  let topology: Topology;
  let contracts: Map<string, string>;
  beforeAll(async () => {
    topology = toTopology(manifests);
    contracts = await readContracts();
  });

  it("declare no function that does not exist", () => {
    expect(
      toServices(manifests)
        .map((declared) => declared.name)
        .sort(),
    ).toEqual([...names]);
  });

  it("claim no route twice", () => {
    expect(() => createFindFunction(toServices(manifests))).not.toThrow();
  });

  it("trigger functions that exist, with a dead letter sink", () => {
    for (const { name, subscriber, delivery } of topology.triggers) {
      expect(names, name).toContain(subscriber);
      expect(names, name).toContain(delivery.deadLetterSink);
    }
  });

  it("have every event tried again with growing pauses, except a tick: the next one comes", () => {
    const events = topology.triggers.filter(({ filter }) => filter["type"] !== PING);
    for (const { name, delivery } of events) {
      expect(delivery.backoff, name).toBe("exponential");
      expect(delivery.retry, name).toBeGreaterThan(0);
      expect(delivery.backoffMs, name).toBeGreaterThan(0);
    }
  });

  it("filter by types that are contracts, and every contract has its Trigger", () => {
    const filtered = topology.triggers.map(({ filter }) => filter["type"] ?? "");
    const known = [...new Set(contracts.values())].sort();
    expect([...new Set(filtered)].sort()).toEqual(known);
  });

  it("name a PingSource that exists where they wait for its tick", () => {
    const sources = topology.pingSources.map(
      ({ namespace, name }) => `/apis/v1/namespaces/${namespace}/pingsources/${name}`,
    );
    const ticks = topology.triggers.filter(({ filter }) => filter["type"] === PING);
    expect(ticks.map(({ filter }) => filter["source"]).sort()).toEqual(sources.sort());
  });

  it.each(names)("send %s the events that it handles and no others", async (name) => {
    const source = await readFile(join(root, "functions", name, "index.ts"), "utf8");
    const handled = [...source.matchAll(/onEvent\((\w+)/g)].map(([, contract = ""]) =>
      contracts.get(contract),
    );
    const sent = topology.triggers
      .filter(({ subscriber }) => subscriber === name)
      .map(({ filter }) => filter["type"]);
    expect(sent.sort()).toEqual(handled.sort());
  });

  it("have the network let those to the Kubernetes API that ask it for tablets", async () => {
    const text = await readFile(join(root, "infra/kubernetes/functions/103_network.yaml"), "utf8");
    const policy = parseAllDocuments(text)
      .map((document) => document.toJS())
      .find(({ metadata }) => metadata.name === "to-kubernetes");
    const asking = names.filter((name) => podOf(name).serviceAccountName !== undefined);
    expect(policy.spec.podSelector.matchExpressions).toEqual([
      { key: "serving.knative.dev/service", operator: "In", values: asking },
    ]);
  });
});
