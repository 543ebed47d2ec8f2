/** The functions that knative/ declares, as far as running them on one machine needs it. */
import { z } from "zod";
import { type Manifest, parseAs } from "../manifests.ts";

export interface PublicRoute {
  readonly method: string;
  /** `*` stands for one segment; `**`, at the end, for one or more. */
  readonly pattern: string;
}

export interface FunctionService {
  readonly name: string;
  /** What the entry lets through from outside; empty for a function that only takes events. */
  readonly routes: readonly PublicRoute[];
  /** Requests at a time; 0 = no limit. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly readinessPath: string | undefined;
  /** Environment by key; undefined where the cluster takes it from a ConfigMap or Secret. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const ROUTES_ANNOTATION = "tagenal.dev/routes";

const service = z.object({
  template: z.object({
    spec: z.object({
      containerConcurrency: z.int().min(0).default(0),
      timeoutSeconds: z.number().positive().default(300),
      containers: z.tuple([
        z.object({
          env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
          readinessProbe: z
            .object({ httpGet: z.object({ path: z.string() }).optional() })
            .optional(),
        }),
      ]),
    }),
  }),
});

const parseRoutes = (annotation: string | undefined, where: string): PublicRoute[] =>
  (annotation ?? "")
    .split(",")
    .map((route) => route.trim())
    .filter((route) => route !== "")
    .map((route) => {
      const [, method, pattern] = /^(GET|POST|PATCH|PUT|DELETE) (\/\S*)$/.exec(route) ?? [];
      if (method === undefined || pattern === undefined)
        throw new Error(`${where}: ${ROUTES_ANNOTATION}: not a verb and a path: ${route}`);
      return { method, pattern };
    });

const toService = (manifest: Manifest): FunctionService => {
  const where = `${manifest.file}: ${manifest.metadata.name}`;
  const { containerConcurrency, timeoutSeconds, containers } = parseAs(
    service,
    manifest.spec,
    where,
  ).template.spec;
  const [container] = containers;
  return {
    name: manifest.metadata.name,
    routes: parseRoutes(manifest.metadata.annotations[ROUTES_ANNOTATION], where),
    concurrency: containerConcurrency,
    timeoutSeconds,
    readinessPath: container.readinessProbe?.httpGet?.path,
    env: Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
  };
};

export const toServices = (manifests: readonly Manifest[]): FunctionService[] =>
  manifests
    .filter(({ apiVersion, kind }) => apiVersion === "serving.knative.dev/v1" && kind === "Service")
    .map(toService);
