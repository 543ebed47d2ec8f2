/** Who watches the cluster: what Prometheus finds and reads there, and what the console tells of it. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { newTrace } from "../integration/jaeger.ts";
import { get } from "../integration/query-client.ts";
import { bringImages } from "./deployment.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";
import { killPods, readUsage } from "./pods.ts";

const kubernetes = injectKubernetes();
const kubectl = useKubectl(kubernetes);
const { url } = inject("cluster");
const folder = join(import.meta.dirname, "../../infra/kubernetes");
const isTestNode = kubernetes.overlay === "test-node";
const watched = ["query-users", "show-cluster", "show-monitoring"];
/** Prometheus asks every 15 s, and a pod that is new has to be found first. */
const patience = { timeout: 180_000, interval: 2_000 };

const apply = (name: string, manager: string): Promise<string> => {
  const place = isTestNode ? `overlays/test-node/${name.split("-")[0]}` : name;
  const ours = ["--server-side", "--force-conflicts", `--field-manager=${manager}`];
  return kubectl(["apply", ...ours, "-k", join(folder, place)]);
};

const untilRolledOut = (namespace: string, ...names: readonly string[]): Promise<unknown> =>
  Promise.all(
    names.map((name) => kubectl(["rollout", "status", name, "-n", namespace, "--timeout=180s"])),
  );

const addressOf = async (namespace: string, name: string, port: number): Promise<string> => {
  const address = ["-o", "jsonpath={.spec.clusterIP}"];
  return `http://${await kubectl(["get", "service", name, "-n", namespace, ...address])}:${port}`;
};

const ask = async <T>(base: string, path: string, answer: z.ZodType<T>): Promise<T> => {
  const response = await fetch(new URL(path, base));
  expect(response.status, path).toBe(200);
  return answer.parse(await response.json());
};

/** A function that nobody asks has no pods that could be found. */
const keepAwake = async (): Promise<void> => {
  await Promise.all(["/v1/users?region=Beijing&limit=1", "/v1/tablets", "/v1/alerts"].map(get));
};

let prometheus = "";
let alertmanager = "";

beforeAll(async () => {
  if (isTestNode) await bringImages(kubernetes, ["--monitoring"]);
  else {
    const namespace = join(folder, "monitoring-servers/501_namespace.yaml");
    await kubectl([
      "apply",
      "--server-side",
      "--field-manager=tagenal-monitoring",
      "-f",
      namespace,
    ]);
    const password = ["create", "secret", "generic", "grafana", "--from-literal=password=test"];
    await kubectl([...password, "-n", "monitoring"]);
  }
  await apply("monitoring-servers", "tagenal-monitoring");
  await apply("tracing", "tagenal-tracing");
  await untilRolledOut(
    "monitoring",
    ...["statefulset/prometheus", "statefulset/alertmanager", "daemonset/node-exporter"],
  );
  await untilRolledOut("tagenal-tracing", "deployment/jaeger");
  // Settings are read by pods that start from now on.
  for (const name of watched) await killPods(kubectl, name);
  await kubectl(["rollout", "restart", "deployment/traefik", "-n", "tagenal-entry"]);
  await untilRolledOut("tagenal-entry", "deployment/traefik");
  prometheus = await addressOf("monitoring", "prometheus", 9090);
  alertmanager = await addressOf("monitoring", "alertmanager", 9093);
}, 900_000);

/** What other tests measure is to be measured without it. */
afterAll(async () => {
  for (const namespace of ["tagenal", "tagenal-entry"])
    await kubectl(["delete", "configmap", "telemetry", "-n", namespace, "--ignore-not-found"]);
  await kubectl(["delete", "namespace", "monitoring", "tagenal-tracing", "--wait=false"]);
  for (const name of watched) await killPods(kubectl, name);
});

const targets = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({ scrapePool: z.string(), health: z.string(), lastError: z.string() }),
    ),
  }),
});

/** How many of each job answered when they were asked last. */
const countUp = async (): Promise<Readonly<Record<string, number>>> => {
  await keepAwake();
  const { data } = await ask(prometheus, "/api/v1/targets?state=active", targets);
  const up: Record<string, number> = {};
  for (const { scrapePool, health } of data.activeTargets)
    up[scrapePool] = (up[scrapePool] ?? 0) + (health === "up" ? 1 : 0);
  return up;
};

const least = {
  ...{ vttablet: 9, mysqld: 9, vtgate: 2, vtorc: 1, vtctld: 1, etcd: 3 },
  ...{ functions: 1, traefik: 1, node: 1, cluster: 1, containers: 1 },
};

const series = z.object({ data: z.object({ result: z.array(z.unknown()) }) });
const countSeries = async (query: string): Promise<number> => {
  const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
  return (await ask(prometheus, path, series)).data.result.length;
};

describe("Prometheus", () => {
  it("finds every server and function by its labels, and reads it", async () => {
    const missing = async (): Promise<readonly string[]> => {
      const up = await countUp();
      return Object.entries(least)
        .filter(([job, count]) => (up[job] ?? 0) < count)
        .map(([job, count]) => `${job}: ${up[job] ?? 0} of ${count}`);
    };
    await expect.poll(missing, patience).toEqual([]);
    await record("scrapedTargets", await countUp());
  });

  it.each([
    "vttablet_queries_count",
    "mysql_global_status_uptime",
    "vtgate_api_count",
    "etcd_server_has_leader",
    'container_memory_working_set_bytes{namespace="tagenal-vitess"}',
    'tagenal_tablet_lag_seconds{job="cluster"}',
    '{job="functions", function="query-users"}',
  ])("has values of %s", async (query) => {
    const count = async (): Promise<number> => {
      await keepAwake();
      return countSeries(query);
    };
    await expect.poll(count, patience).toBeGreaterThan(0);
  });

  it("evaluates every alert, and knows whom to tell", async () => {
    const rules = z.object({
      data: z.object({
        groups: z.array(
          z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) }),
        ),
      }),
    });
    const unhealthy = async (): Promise<readonly string[]> => {
      const { data } = await ask(prometheus, "/api/v1/rules?type=alert", rules);
      const all = data.groups.flatMap((group) => group.rules);
      expect(all.length).toBeGreaterThan(10);
      return all.filter(({ health }) => health !== "ok").map(({ name }) => name);
    };
    await expect.poll(unhealthy, patience).toEqual([]);
    const known = z.object({ data: z.object({ activeAlertmanagers: z.array(z.unknown()) }) });
    const { data } = await ask(prometheus, "/api/v1/alertmanagers", known);
    expect(data.activeAlertmanagers).toHaveLength(1);
  });
});

describe("the console's function", () => {
  it("tells of an alert that Alertmanager has", async () => {
    const alert = {
      labels: { alertname: "OfATest", severity: "warning" },
      annotations: { summary: "nothing is wrong" },
    };
    const posted = await fetch(`${alertmanager}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([alert]),
    });
    expect(posted.status).toBe(200);
    const read = () => get("/v1/alerts");
    await expect.poll(read, patience).toMatchObject({
      isWatched: true,
      items: expect.arrayContaining([
        expect.objectContaining({ name: "OfATest", state: "firing", summary: "nothing is wrong" }),
      ]),
    });
  });

  it("draws a chart with a line for each server", async () => {
    const countLines = async (): Promise<number> => {
      const { lines } = (await get("/v1/charts/queries?minutes=15")) as { lines: unknown[] };
      return lines.length;
    };
    await expect.poll(countLines, patience).toBeGreaterThanOrEqual(9);
  });

  it("shows a request's trace down to the tablet", async () => {
    const services = async (): Promise<readonly string[]> => {
      // Each its own: Vitess looks for where to send spans only from time to time.
      const { traceId, traceparent } = newTrace();
      const headers = { traceparent, "cache-control": "no-cache" };
      await fetch(`${url}/v1/users?region=Beijing&limit=1`, { headers });
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      const { spans } = (await get(`/v1/traces/${traceId}`)) as { spans: { service: string }[] };
      return [...new Set(spans.map(({ service }) => service))];
    };
    const expected = ["query-users", "vtgate", "vttablet"];
    await expect.poll(services, patience).toEqual(expect.arrayContaining(expected));
    const usage = await readUsage(kubectl);
    await record("watchersUse", {
      monitoring: usage["monitoring"],
      tracing: usage["tagenal-tracing"],
    });
  });
});
