/** What knative/ holds, as it is deployed: the Broker, and each function's Service with the rest. */
import { basename, join } from "node:path";
import { z } from "zod";
import { type Manifest, parseAs, readManifests } from "#infra/local/manifests.ts";

export interface DeployedFunction {
  readonly name: string;
  readonly service: Manifest;
  /** Triggers and PingSources. */
  readonly others: readonly Manifest[];
}

export interface Deployed {
  readonly broker: readonly Manifest[];
  readonly functions: readonly DeployedFunction[];
}

const folder = join(import.meta.dirname, "../../knative");

const toFunction = (name: string, manifests: readonly Manifest[]): DeployedFunction => {
  const service = manifests.find(({ kind }) => kind === "Service");
  if (service?.metadata.name !== name) throw new Error(`knative/${name}.yaml: no Service ${name}`);
  return { name, service, others: manifests.filter((manifest) => manifest !== service) };
};

/** One file a function, named like it, and broker.yaml. */
export const readDeployed = async (): Promise<Deployed> => {
  const byFile = Map.groupBy(await readManifests(folder), ({ file }) => basename(file, ".yaml"));
  const broker = byFile.get("broker") ?? [];
  byFile.delete("broker");
  return { broker, functions: [...byFile].map(([name, found]) => toFunction(name, found)) };
};

/** Those that were asked for by name, or all. */
export const pickFunctions = (
  { functions }: Deployed,
  wanted: readonly string[],
): readonly DeployedFunction[] => {
  const unknown = wanted.filter((name) => !functions.some((known) => known.name === name));
  const known = functions.map(({ name }) => name).join(", ");
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(", ")}; known: ${known}`);
  return wanted.length === 0 ? functions : functions.filter(({ name }) => wanted.includes(name));
};

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Manifest["metadata"];
  readonly spec?: unknown;
}

/** As the file has it, without what only we know of it. */
export const toObject = ({ file: _file, ...object }: Manifest): KubernetesObject => object;

const reference = (key: string) =>
  z.object({
    [key]: z.object({
      name: z.literal("tagenal"),
      key: z.string(),
      optional: z.boolean().optional(),
    }),
  });

const container = z.looseObject({
  env: z
    .array(
      z.looseObject({
        name: z.string(),
        valueFrom: z.union([reference("secretKeyRef"), reference("configMapKeyRef")]).optional(),
      }),
    )
    .default([]),
  resources: z.looseObject({ requests: z.record(z.string(), z.string()) }),
});
type Container = z.infer<typeof container>;

const service = z.looseObject({
  template: z.looseObject({
    metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }).optional(),
    spec: z.looseObject({ containers: z.tuple([container]) }),
  }),
});

const parseService = ({ service: { spec, file } }: DeployedFunction) =>
  parseAs(service, spec, file);

export interface Placement {
  readonly image: string;
  /** The share of a processor that a pod asks for, in place of the manifest's; such as 20m. */
  readonly cpu?: string | undefined;
}

/** Knative's own container in each pod asks for a share by this annotation. */
const SIDECAR_CPU = "queue.sidecar.serving.knative.dev/cpu-resource-request";

const withCpu = (container: Container, cpu: string): Container => {
  const { requests, ...resources } = container.resources;
  return { ...container, resources: { ...resources, requests: { ...requests, cpu } } };
};

/** The Service as it is to run here; everything else stays as the manifest says. */
export const place = (deployed: DeployedFunction, { image, cpu }: Placement): KubernetesObject => {
  const spec = parseService(deployed);
  const [container] = spec.template.spec.containers;
  const placed = { ...(cpu === undefined ? container : withCpu(container, cpu)), image };
  const inner = { ...spec.template.spec, containers: [placed] };
  const { metadata, ...template } = spec.template;
  const annotations = { ...metadata?.annotations, [SIDECAR_CPU]: cpu };
  const outer = cpu === undefined ? metadata : { ...metadata, annotations };
  const object = toObject(deployed.service);
  return {
    ...object,
    spec: {
      ...spec,
      template: { ...template, ...(outer === undefined ? {} : { metadata: outer }), spec: inner },
    },
  };
};

export interface WantedKeys {
  readonly secret: readonly string[];
  readonly configMap: readonly string[];
}

/** The keys that the functions need from the Secret and the ConfigMap `tagenal`. */
export const listWantedKeys = (functions: readonly DeployedFunction[]): WantedKeys => {
  const env = functions.flatMap(
    (deployed) => parseService(deployed).template.spec.containers[0].env,
  );
  const keysOf = (kind: string): readonly string[] => {
    const keys = env.flatMap(({ valueFrom }) => {
      const found = valueFrom?.[kind];
      return found === undefined || found.optional === true ? [] : [found.key];
    });
    return [...new Set(keys)].sort();
  };
  return { secret: keysOf("secretKeyRef"), configMap: keysOf("configMapKeyRef") };
};
