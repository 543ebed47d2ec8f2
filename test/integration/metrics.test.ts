/** What functions, entry and broker of a real cluster tell Prometheus. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { article, read, toLines, user } from "../plan-load/input.ts";
import { createLoadClient } from "./load-client.ts";

const cluster = inject("cluster");
const client = createLoadClient(cluster);
const KEY = 8_810_000_001;
let addresses: { readonly entry: string; readonly broker: string };

beforeAll(async () => {
  const { activator, broker } = z
    .object({ activator: z.number(), broker: z.number() })
    .parse(JSON.parse(await readFile(join(cluster.home, "cluster.json"), "utf8")));
  addresses = {
    entry: `http://127.0.0.1:${activator}/metrics`,
    broker: `http://127.0.0.1:${broker}/metrics`,
  };
});

/** By name with labels. */
const scrape = async (where: keyof typeof addresses): Promise<Map<string, number>> => {
  const response = await fetch(addresses[where]);
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  const lines = (await response.text()).trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const [, name = "", value = ""] = /^(\S.*) (\S+)$/.exec(line) ?? [];
      return [name, Number(value)] as const;
    }),
  );
};

/** The sum over all samples of the name whose labels contain these. */
const sum = (samples: Map<string, number>, name: string, ...labels: string[]): number =>
  [...samples]
    .filter(([key]) => key.startsWith(`${name}{`) && labels.every((label) => key.includes(label)))
    .reduce((total, [, value]) => total + value, 0);

describe("metrics", () => {
  it("count the requests of a route at the entry, in the function and at vtgate", async () => {
    const ask = () => fetch(`${cluster.url}/v1/users/${KEY}`).then((response) => response.text());
    await ask();
    const before = await scrape("entry");
    for (let time = 0; time < 3; time += 1) await ask();
    const after = await scrape("entry");
    const more = (name: string, ...labels: string[]): number =>
      sum(after, name, ...labels) - sum(before, name, ...labels);
    const about = ['function="query-users"', 'method="GET"', 'status="404"'];
    expect(more("tagenal_entry_request_duration_seconds_count", ...about)).toBe(3);
    expect(more("tagenal_request_duration_seconds_count", ...about, 'route="/v1/users/:uid"')).toBe(
      3,
    );
    expect(
      more("tagenal_sql_duration_seconds_count", 'function="query-users"', 'outcome="ok"'),
    ).toBeGreaterThanOrEqual(3);
    expect(sum(after, "tagenal_function_running", 'function="query-users"')).toBe(1);
    expect(sum(after, "tagenal_function_start_duration_seconds_count")).toBeGreaterThan(0);
    expect(sum(after, "process_resident_memory_bytes", 'function="query-users"')).toBeGreaterThan(
      10_000_000,
    );
  });

  it("count rows, events and steps of a load", async () => {
    const before = { entry: await scrape("entry"), broker: await scrape("broker") };
    const { state } = await client.load({
      "user.dat": toLines(user(KEY), user(KEY + 1)),
      "article.dat": toLines(article(KEY)),
      "read.dat": toLines(read(0, KEY, KEY, { id: `r${KEY}` })),
    });
    expect(state).toBe("succeeded");
    const after = { entry: await scrape("entry"), broker: await scrape("broker") };
    const more = (where: keyof typeof after, name: string, ...labels: string[]): number =>
      sum(after[where], name, ...labels) - sum(before[where], name, ...labels);
    const rows = ["users", "articles", "reads"].map((table) =>
      more("entry", "tagenal_loaded_rows_total", `table="${table}"`),
    );
    expect(rows).toEqual([2, 1, 1]);
    const chunk = 'type="dev.tagenal.load.chunk-ready.v1"';
    expect(
      more("entry", "tagenal_event_duration_seconds_count", chunk, 'status="202"'),
    ).toBeGreaterThanOrEqual(3);
    expect(
      more("entry", "tagenal_events_emitted_total", chunk, 'outcome="ok"'),
    ).toBeGreaterThanOrEqual(3);
    expect(
      more("entry", "tagenal_operation_step_duration_seconds_count", 'kind="load"', 'step="plan"'),
    ).toBe(1);
    expect(
      more("entry", "tagenal_operation_duration_seconds_count", 'kind="load"', "succeed"),
    ).toBe(1);
    const lane = ['trigger="load-chunk"', 'outcome="delivered"'];
    expect(more("broker", "tagenal_broker_deliveries_total", ...lane)).toBeGreaterThanOrEqual(3);
    expect(more("broker", "tagenal_broker_events_total", 'outcome="accepted"')).toBeGreaterThan(3);
    expect(sum(after.broker, "tagenal_broker_queue_events", 'trigger="load-chunk"')).toBe(0);
  });

  it("tell what is not done yet, as the sweep finds it", async () => {
    const told = 'tagenal_outbox_events{function="sweep-operations"}';
    const deadline = Date.now() + 30_000;
    let samples = await scrape("entry");
    while (!samples.has(told) && Date.now() < deadline) {
      await sleep(500);
      samples = await scrape("entry");
    }
    expect(samples.get(told)).toBeGreaterThanOrEqual(0);
    expect(sum(samples, "tagenal_outbox_oldest_seconds")).toBeLessThan(60);
  });
});
