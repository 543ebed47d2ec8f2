/** Traces on a real cluster, read back from Jaeger. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import type { Span } from "#shared/jaeger.ts";
import { article, read, toLines, user } from "../plan-load/input.ts";
import { createJaeger, newTrace, pathTo } from "./jaeger.ts";
import { createLoadClient } from "./load-client.ts";

const cluster = inject("cluster");
const client = createLoadClient(cluster);
const KEY = 8_800_000_001;
let jaeger: Awaited<ReturnType<typeof createJaeger>>;

beforeAll(async () => {
  jaeger = await createJaeger(cluster);
});

/** Who emitted the spans from the caller to each of a tablet's. */
const pathsToTablets = (spans: readonly Span[]): string[] => {
  const ends = spans.filter(({ service }) => service === "vttablet");
  const paths = ends.map((end) => pathTo(spans, end).map(({ service }) => service));
  return paths.map((path) => path.filter((name, index) => name !== path[index - 1]).join(" → "));
};

const planCacheMisses = async (): Promise<number> => {
  const { vtgates } = z
    .object({ vtgates: z.object({ beijing: z.object({ web: z.number() }) }) })
    .parse(JSON.parse(await readFile(join(cluster.home, "cluster.json"), "utf8")));
  const response = await fetch(`http://127.0.0.1:${vtgates.beijing.web}/debug/vars`);
  return z.object({ QueryPlanCacheMisses: z.number() }).parse(await response.json())
    .QueryPlanCacheMisses;
};

/** The cache would answer instead of the database. */
const ANEW = { "cache-control": "no-cache" };

describe("a trace", () => {
  it("of a load leads through entry, broker and functions to the tablets of each chunk", async () => {
    const source = await client.stage({
      "user.dat": toLines(user(KEY)),
      "article.dat": toLines(article(KEY)),
      "read.dat": toLines(read(0, KEY, KEY, { id: `r${KEY}` })),
    });
    const { traceId, traceparent } = newTrace();
    const response = await fetch(`${cluster.url}/v1/operations`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${cluster.token}`,
        traceparent,
      },
      body: JSON.stringify({ kind: "load", source }),
    });
    const { id } = z.object({ id: z.string() }).parse(await response.json());
    expect(await client.untilEnd(id)).toMatchObject({ state: "succeeded", problem: null });
    const chunk =
      "entry → run-operations → broker → entry → plan-load → broker → entry → load-chunk";
    const spans = await jaeger.readUntil(traceId, (found) =>
      pathsToTablets(found).includes(`${chunk} → vtgate → vttablet`),
    );
    expect(pathsToTablets(spans)).toContain(`${chunk} → vtgate → vttablet`);
    const worked = spans.find(
      ({ service, name }) => service === "load-chunk" && name.startsWith("process "),
    );
    expect(worked?.tags).toMatchObject({
      "tagenal.operation.id": id,
      "http.response.status_code": 202,
    });
  });

  it("of a request has the spans of vtgate and vttablet, emitted by themselves", async () => {
    const { traceId, traceparent } = newTrace();
    const response = await fetch(`${cluster.url}/v1/users/${KEY}/reads`, {
      headers: { traceparent, ...ANEW },
    });
    expect(response.status).toBe(200);
    const expected = "entry → query-users → vtgate → vttablet";
    const spans = await jaeger.readUntil(traceId, (found) =>
      pathsToTablets(found).includes(expected),
    );
    expect(pathsToTablets(spans)).toContain(expected);
    const scopes = spans.map(({ service, tags }) => [service, tags["otel.scope.name"]] as const);
    expect(Object.fromEntries(scopes)).toEqual({
      entry: "tagenal",
      "query-users": "tagenal",
      vtgate: "vitess.io/vitess",
      vttablet: "vitess.io/vitess",
    });
    expect(spans.find(({ name }) => name === "GET /v1/users/:uid/reads")?.tags).toMatchObject({
      "http.route": "/v1/users/:uid/reads",
      "http.response.status_code": 200,
    });
  });

  it("costs no plan of vtgate's own: the comment is not part of it", async () => {
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${cluster.url}/v1/users/${KEY}/reads`, { headers: { ...headers, ...ANEW } });
    await ask({});
    const before = await planCacheMisses();
    for (let time = 0; time < 5; time += 1) {
      const { traceparent } = newTrace();
      expect((await ask({ traceparent })).status).toBe(200);
    }
    expect((await planCacheMisses()) - before).toBeLessThan(5);
  });

  it("tells nothing of what is in the database", async () => {
    const { traceId, traceparent } = newTrace();
    const [name, email] = [`name${KEY}`, `email${KEY}`];
    const asked = `/v1/users?name=${name}&email=${email}&region=Beijing`;
    await fetch(cluster.url + asked, { headers: { traceparent, ...ANEW } });
    const spans = await jaeger.readUntil(traceId, (found) => pathsToTablets(found).length > 0);
    expect(spans.length).toBeGreaterThan(3);
    const told = JSON.stringify(spans);
    expect(told).not.toContain(name);
    expect(told).not.toContain(email);
  });
});
