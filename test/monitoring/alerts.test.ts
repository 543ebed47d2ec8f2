/** Alerts, runbooks and what Prometheus keeps belong together. promtool tells whether the rules are right. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAlerts, toRules } from "#infra/monitoring/alerts.ts";
import { keptMetrics } from "#infra/monitoring/kept-metrics.ts";
import { findPrometheusParts } from "#infra/parts/parts.ts";
import { run } from "#infra/parts/run.ts";
import { ruleTests } from "./rule-tests.ts";

const runbooks = await readFile(
  join(import.meta.dirname, "../../infra/monitoring/runbooks.md"),
  "utf8",
);
const alerts = createAlerts();
/** Metrics of others that a rule asks for. */
const namesIn = (text: string): string[] => [
  ...new Set(text.match(/\b(vttablet|vtgate|vtorc|etcd|mysql|redis|node)_[a-z_0-9]+\b/g) ?? []),
];
const kept = new RegExp(`^(${Object.values(keptMetrics).flat().join("|")})$`);

describe("the alerts", () => {
  it.each(alerts.map(({ name }) => name))("have a runbook: %s", (name) => {
    const [, section = ""] = runbooks.split(`\n## ${name}\n`);
    const own = section.split("\n## ")[0] ?? "";
    for (const part of ["**Means**", "**Look**", "**Do**"]) expect(own).toContain(part);
  });

  it("have no runbook without an alert", () => {
    const sections = [...runbooks.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(alerts.map(({ name }) => name));
  });

  it("ask only for what Prometheus keeps", () => {
    const asked = alerts.flatMap(({ expr }) =>
      namesIn(
        expr
          .replaceAll("(replica|slave)", "replica")
          .replaceAll("(io|sql)", "io")
          .replaceAll("(source|master)", "source"),
      ),
    );
    expect(asked.filter((name) => !kept.test(name))).toEqual([]);
  });

  it("come sooner with more haste, and never without a moment", () => {
    const text = JSON.stringify(toRules({ haste: 60, leastFreeBytes: 7 }));
    expect(text).toContain('"for":"1s"');
    expect(text).toContain("tagenal_tablet_disk_free_bytes < 7");
    expect(text).toContain("[60s]");
  });
});

describe("the rules", () => {
  let folder = "";
  let promtool = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tagenal-rules-"));
    promtool = (await findPrometheusParts()).promtool;
    await writeFile(join(folder, "rules.json"), JSON.stringify(toRules()));
  }, 900_000);
  afterAll(() => rm(folder, { recursive: true }));

  it("are understood by Prometheus", async () => {
    expect(await run(promtool, ["check", "rules", join(folder, "rules.json")])).toContain(
      `${alerts.length} rules found`,
    );
  });

  it("each have a test that sees it fire, and one that sees it keep quiet", () => {
    for (const { name } of alerts) {
      const own = Object.values(ruleTests)
        .flat()
        .flatMap(({ alert_rule_test: cases }) =>
          cases.filter(({ alertname }) => alertname === name),
        );
      const counts = own.map(({ exp_alerts: expected }) => Math.min(1, expected.length));
      expect([name, [...new Set(counts)].sort()]).toEqual([name, [0, 1]]);
    }
  });

  it.each(Object.entries(ruleTests))(
    "fire when they should, and only then, in steps of %s",
    async (step, tests) => {
      const file = join(folder, `tests-${step}.json`);
      const content = { rule_files: ["rules.json"], evaluation_interval: step, tests };
      await writeFile(file, JSON.stringify(content));
      expect(await run(promtool, ["test", "rules", file], { cwd: folder })).toContain("SUCCESS");
    },
    120_000,
  );
});
