/** What sends spans on Kubernetes and what takes them: each address leads to a Service's port. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "infra/kubernetes/tracing");
const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
type Manifest = z.infer<typeof manifest>;

const { resources } = z
  .object({ resources: z.array(z.string()) })
  .parse(parse(await readFile(join(folder, "kustomization.yaml"), "utf8")));
const texts = await Promise.all(resources.map((name) => readFile(join(folder, name), "utf8")));
const manifests = texts.flatMap((text) =>
  parseAllDocuments(text).map((document) => manifest.parse(document.toJS())),
);
const vitess = "infra/kubernetes/database/212_vitess_cluster.yaml";

const find = (kind: string, namespace: string, name: string): Manifest => {
  const found = manifests.find(
    ({ kind: of, metadata }) =>
      of === kind && metadata.namespace === namespace && metadata.name === name,
  );
  if (found === undefined) throw new Error(`no ${kind} ${namespace}/${name}`);
  return found;
};

const dataOf = (namespace: string, name: string): Record<string, string> =>
  z.record(z.string(), z.string()).parse(find("ConfigMap", namespace, name)["data"]);

const service = z.object({
  selector: z.object({ app: z.string() }),
  ports: z.array(z.object({ port: z.number() })),
});
const pod = z.object({
  template: z.object({
    metadata: z.object({ labels: z.object({ app: z.string() }) }),
    spec: z.object({
      containers: z.tuple([z.object({ securityContext: z.record(z.string(), z.unknown()) })]),
    }),
  }),
});

/** host:port of everything that is told where to send spans. */
const senders: readonly { readonly name: string; readonly to: string }[] = [
  { name: "functions", to: dataOf("tagenal", "telemetry")["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "" },
  { name: "ingress", to: dataOf("knative-serving", "config-kourier")["tracing-endpoint"] ?? "" },
  ...["knative-serving", "knative-eventing"].map((name) => ({
    name,
    to: dataOf(name, "config-observability")["tracing-endpoint"] ?? "",
  })),
  {
    name: "Vitess",
    to: `http://${/otel-endpoint: (\S+)/.exec(await readFile(join(root, vitess), "utf8"))?.[1]}`,
  },
  {
    name: "collector",
    to: `http://${/endpoint: (jaeger\S+)/.exec(dataOf("tagenal-tracing", "collector")["config.yaml"] ?? "")?.[1]}`,
  },
];

describe("spans on Kubernetes", () => {
  it.each(senders)("of $name go to a port of a Service with a Deployment", ({ to }) => {
    const { hostname, port } = new URL(to);
    const [name = "", namespace = "", ...rest] = hostname.split(".");
    expect(rest.join(".")).toBe("svc.cluster.local");
    const { selector, ports } = service.parse(find("Service", namespace, name)["spec"]);
    expect(ports.map((one) => one.port)).toContain(Number(port));
    const { template } = pod.parse(find("Deployment", namespace, name)["spec"]);
    expect(template.metadata.labels.app).toBe(selector.app);
  });

  it("are taken by pods that could harm nobody", () => {
    for (const name of ["collector", "jaeger"]) {
      const { template } = pod.parse(find("Deployment", "tagenal-tracing", name)["spec"]);
      expect(template.spec.containers[0].securityContext, name).toMatchObject({
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      });
    }
  });

  it("are set up by the keys that functions read, and no other", async () => {
    const source = await readFile(join(root, "shared/telemetry.ts"), "utf8");
    const read = [...source.matchAll(/^ +([A-Z_]+): optional/gm)].map(([, key]) => key);
    expect(Object.keys(dataOf("tagenal", "telemetry")).sort()).toEqual(read.sort());
  });

  it("are configured by what is YAML itself", async () => {
    const other = await readFile(join(folder, "../tracing-elasticsearch/storage.yaml"), "utf8");
    const configs = [
      ...["collector", "jaeger"].map((name) => dataOf("tagenal-tracing", name)["config.yaml"]),
      (parse(other) as { data: Record<string, string> }).data["config.yaml"],
    ];
    for (const config of configs) {
      const { service: pipelines, ...parts } = parse(config ?? "") as Record<string, object>;
      const { extensions, pipelines: all } = z
        .object({
          extensions: z.array(z.string()),
          pipelines: z.object({ traces: z.record(z.string(), z.array(z.string())) }),
        })
        .parse(pipelines);
      for (const [kind, names] of Object.entries({ extensions, ...all.traces }))
        expect(Object.keys(parts[kind] ?? {}), kind).toEqual(expect.arrayContaining(names));
    }
  });
});
