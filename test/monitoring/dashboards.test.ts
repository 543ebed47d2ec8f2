/** The dashboards are what Grafana can read, ask what Prometheus understands and keeps, and are written down. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createAlerts } from "#infra/monitoring/alerts.ts";
import { buildFiles, folder } from "#infra/monitoring/build.ts";
import { buildDashboards } from "#infra/monitoring/dashboards.ts";
import { keptMetrics } from "#infra/monitoring/kept-metrics.ts";
import { toScrapeConfigs } from "#infra/monitoring/kubernetes-config.ts";
import { dashboardPlans, fillIn } from "#infra/monitoring/panels.ts";
import { toPrometheusConfig } from "#infra/monitoring/prometheus-config.ts";
import { findPrometheusParts } from "#infra/parts/parts.ts";
import { run } from "#infra/parts/run.ts";

const queries = dashboardPlans.flatMap(({ uid, needs, rows }) =>
  Object.values(rows)
    .flat()
    .flatMap(({ title, queries: own }) =>
      own.map(({ expr }) => ({ name: `${uid}: ${title}`, expr, needs })),
    ),
);
const kept = new RegExp(`^(${Object.values(keptMetrics).flat().join("|")})$`);

describe("the dashboards", () => {
  let promtool = "";
  let scratch = "";
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "tagenal-dashboards-"));
    promtool = (await findPrometheusParts()).promtool;
  }, 900_000);
  afterAll(() => rm(scratch, { recursive: true }));

  it("have every panel that is planned, each with its queries", () => {
    const built = Object.values(buildDashboards()).flatMap(({ panels = [] }) =>
      panels.flatMap((panel) => ("targets" in panel ? (panel.targets ?? []) : [])),
    );
    expect(built).toHaveLength(queries.length);
    for (const target of built) expect(target).toMatchObject({ expr: expect.any(String) });
  });

  it("ask only what Prometheus understands", async () => {
    const file = join(scratch, "queries.json");
    const rules = queries.map(({ expr }, index) => ({
      record: `query_${index}`,
      expr: fillIn(expr),
    }));
    await writeFile(file, JSON.stringify({ groups: [{ name: "queries", rules }] }));
    expect(await run(promtool, ["check", "rules", file])).toContain(`${queries.length} rules`);
  });

  it("ask only for what is kept", () => {
    const asked = queries
      .filter(({ needs }) => needs === undefined)
      .flatMap(
        ({ expr }) => expr.match(/\b(vttablet|vtgate|vtorc|etcd|mysql|redis)_[a-z_]+\b/g) ?? [],
      );
    expect([...new Set(asked)].filter((name) => !kept.test(name))).toEqual([]);
  });

  it("ask, as the alerts do, only for what is counted here", async () => {
    const root = join(import.meta.dirname, "../..");
    const names = ["shared", "functions", "infra/local"].map((name) => join(root, name));
    const lists = await Promise.all(
      names.map(async (name) =>
        (await readdir(name, { recursive: true }))
          .filter((file) => file.endsWith(".ts"))
          .map((file) => join(name, file)),
      ),
    );
    const sources = await Promise.all(lists.flat().map((file) => readFile(file, "utf8")));
    const counted = new Set(sources.flatMap((text) => text.match(/\btagenal_[a-z0-9_]+/g) ?? []));
    const asked = [...queries, ...createAlerts()]
      .flatMap(({ expr }) => expr.match(/\btagenal_[a-z0-9_]+/g) ?? [])
      .map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    expect([...new Set(asked)].filter((name) => !counted.has(name))).toEqual([]);
  });

  it("are those that lie in infra/kubernetes/monitoring (npm run monitoring)", async () => {
    const files = buildFiles();
    for (const [name, text] of Object.entries(files))
      expect([name, await readFile(join(folder, name), "utf8")]).toEqual([name, text]);
    expect((await readdir(join(folder, "dashboards"))).sort()).toEqual(
      Object.keys(buildDashboards()).sort(),
    );
    const { configMapGenerator } = parse(
      await readFile(join(folder, "kustomization.yaml"), "utf8"),
    ) as { configMapGenerator: { files: string[] }[] };
    expect(configMapGenerator.flatMap((one) => one.files).sort()).toEqual(
      Object.keys(files).sort(),
    );
  });

  it("are fed by set-ups that Prometheus understands, here and on Kubernetes", async () => {
    const address = "127.0.0.1:1";
    const local = toPrometheusConfig({
      ...{ prometheus: address, alertmanager: address, vtorc: address, vtctld: address },
      ...{ etcd: address, entry: address, functions: address, broker: address },
      ...{ supervisor: address, mysqldExporter: address, redisExporter: address },
      ...{ nodeExporter: address, vtgates: { beijing: address }, redis: [address] },
      ...{ tabletsFile: "t.json", mysqldFile: "m.json", rulesFile: "rules.json" },
      scrapeSeconds: 15,
    });
    const files = { local, kubernetes: toScrapeConfigs() };
    // promtool wants to see what a pod is given to prove itself by.
    await writeFile(join(scratch, "token"), "");
    const secrets = "/var/run/secrets/kubernetes.io/serviceaccount";
    for (const name of ["t.json", "m.json"]) await writeFile(join(scratch, name), "[]");
    await writeFile(join(scratch, "rules.json"), buildFiles()["rules.json"] ?? "");
    for (const [name, content] of Object.entries(files)) {
      const text = JSON.stringify(content).replaceAll(secrets, scratch);
      await writeFile(join(scratch, `${name}.json`), text);
      const arguments_ = ["check", "config", join(scratch, `${name}.json`)];
      expect(await run(promtool, arguments_)).toContain("SUCCESS");
    }
  });
});
