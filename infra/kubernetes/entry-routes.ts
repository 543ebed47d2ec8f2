/**
 * What the entry on Kubernetes, Traefik, is told: which function answers a request, by the same
 * annotations that the local entry reads. `npm run entry` writes it to entry/routes.yaml.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { LARGEST_BODY_BYTES } from "#infra/local/entry/forward.ts";
import { type FunctionService, type PublicRoute, toServices } from "#infra/local/entry/services.ts";
import { readManifests } from "#infra/local/manifests.ts";

interface Router {
  readonly entryPoints: readonly string[];
  readonly rule: string;
  readonly priority: number;
  readonly service: string;
  readonly middlewares: readonly string[];
}

/** Traefik's dynamic configuration, as its file provider reads it. */
export interface DynamicConfiguration {
  readonly http: {
    readonly routers: Readonly<Record<string, Router>>;
    readonly middlewares: Readonly<Record<string, object>>;
    readonly services: Readonly<Record<string, object>>;
  };
  readonly tls: object;
}

/** Knative's own ingress, for callers within the cluster: it tells functions apart by host. */
const INGRESS = "http://kourier-internal.kourier-system.svc.cluster.local";
/** Tells whoever asks for what is nowhere; a page, or a problem. */
const FALLBACK = "serve-web";
/** All but the one that Kubernetes and Prometheus ask. */
const PUBLIC = ["web", "websecure"];
/** Where the Secret entry-tls is mounted. */
const TLS = "/etc/traefik/tls";
/** Paths have fewer segments. */
const MOST_SEGMENTS = 10;

const quote = (text: string): string => text.replaceAll(/[.\\+*?[^\]$(){}|]/g, "\\$&");

/** Pure: the pattern as a regular expression (RE2); `**` at the end stands for one or more. */
export const toExpression = (pattern: string): string => {
  const segments = pattern.split("/").map((segment) => {
    if (segment === "**") return ".+";
    return segment === "*" ? "[^/]+" : quote(segment);
  });
  return `^${segments.join("/")}$`;
};

/** Pure: the more literal pattern, segment by segment, has the higher number. */
export const toPriority = (pattern: string): number => {
  const segments = pattern.split("/");
  if (segments.length > MOST_SEGMENTS) throw new Error(`${pattern} has too many segments`);
  const digits = segments.map((segment) => ({ "*": 2, "**": 1 })[segment] ?? 3);
  return Number.parseInt(digits.join("").padEnd(MOST_SEGMENTS, "0"), 4);
};

const toRouter = (name: string, { method, pattern }: PublicRoute): [string, Router] => {
  const methods = method === "GET" ? ["GET", "HEAD"] : [method];
  const verbs = methods.map((one) => `Method(\`${one}\`)`).join(" || ");
  // What buffers a body would buffer the answer as well: not for streams and files.
  const limits = method === "GET" ? [] : ["body"];
  return [
    // Traefik takes an @ in a name for a provider's, and nothing else amiss.
    `${name} ${method} ${pattern}`,
    {
      entryPoints: PUBLIC,
      rule: `(${verbs}) && PathRegexp(\`${toExpression(pattern)}\`)`,
      priority: toPriority(pattern),
      service: "knative",
      middlewares: [...limits, name],
    },
  ];
};

/** Pure. */
export const toDynamic = (services: readonly FunctionService[]): DynamicConfiguration => {
  const open = services.filter(({ routes }) => routes.length > 0);
  const routers = open.flatMap(({ name, routes }) => routes.map((route) => toRouter(name, route)));
  const rest: Router = {
    entryPoints: PUBLIC,
    rule: "PathPrefix(`/`)",
    priority: 1,
    service: "knative",
    middlewares: [FALLBACK],
  };
  const hosts = open.map(({ name }): [string, object] => [
    name,
    { headers: { customRequestHeaders: { Host: `${name}.tagenal.svc.cluster.local` } } },
  ]);
  return {
    http: {
      routers: { ...Object.fromEntries(routers), rest },
      middlewares: {
        body: { buffering: { maxRequestBodyBytes: LARGEST_BODY_BYTES } },
        ...Object.fromEntries(hosts),
      },
      services: { knative: { loadBalancer: { servers: [{ url: INGRESS }] } } },
    },
    // Not as the default one: where it is not there, Traefik's own goes on being it.
    tls: { certificates: [{ certFile: `${TLS}/tls.crt`, keyFile: `${TLS}/tls.key` }] },
  };
};

/** As it belongs into entry/routes.yaml. */
export const readRoutes = async (): Promise<string> => {
  const manifests = await readManifests(join(import.meta.dirname, "../../knative"));
  const head = "# Written by `npm run entry` from the routes in knative/.\n";
  return (
    head +
    stringify(toDynamic(toServices(manifests)), {
      aliasDuplicateObjects: false,
      lineWidth: 0,
    })
  );
};

export const routesFile = join(import.meta.dirname, "entry/routes.yaml");

if (process.argv[1] === import.meta.filename) await writeFile(routesFile, await readRoutes());
