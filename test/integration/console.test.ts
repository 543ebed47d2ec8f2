/** What the console asks of a real cluster: live events, SQL that only reads, traces. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createInSession } from "#functions/query-sql/read-only-session.ts";
import { newTrace } from "./jaeger.ts";

const { url, token, vtgateUrl, home } = inject("cluster");
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

interface Event {
  readonly name: string;
  readonly data: string;
}

/** Listens until it is told to stop; `found` are the events so far. */
const listen = async () => {
  const caller = new AbortController();
  const response = await fetch(`${url}/v1/events`, {
    signal: caller.signal,
    headers: { accept: "text/event-stream" },
  });
  const found: Event[] = [];
  const reading = (async () => {
    let text = "";
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(piece).toString();
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events)
        found.push({
          name: /^event: (.*)$/m.exec(event)?.[1] ?? "",
          data: /^data: (.*)$/m.exec(event)?.[1] ?? "",
        });
    }
  })().catch(() => {});
  const stop = async (): Promise<void> => {
    caller.abort();
    await reading;
  };
  return { found, stop, status: response.status };
};

describe("live events", () => {
  let events: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    events = await listen();
  });
  afterAll(() => events.stop());
  const of = (name: string): readonly Event[] => events.found.filter((one) => one.name === name);

  it("tell the servers, the placement and the operations at once, through the entry", async () => {
    expect(events.status).toBe(200);
    for (const name of ["tablets", "placement", "operations", "beat"])
      await expect.poll(() => of(name).length, { timeout: 15_000 }).toBeGreaterThan(0);
    const { items } = JSON.parse(of("tablets").at(-1)?.data ?? "{}") as { items: object[] };
    const listed = await (await fetch(`${url}/v1/tablets`)).json();
    expect(items).toHaveLength((listed as { items: object[] }).items.length);
  });

  it("tell a new operation within three seconds", async () => {
    const body = { kind: "rank", granularity: "daily", date: "2019-03-04" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const { id } = (await (await fetch(`${url}/v1/operations`, init)).json()) as { id: string };
    const isTold = (): boolean => of("operations").some(({ data }) => data.includes(id));
    await expect.poll(isTold, { timeout: 3_000 }).toBe(true);
  });
});

const ask = async (body: object, more: Record<string, string> = {}) => {
  const init = { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body) };
  const response = await fetch(`${url}/v1/queries`, init);
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};

describe("SQL that only reads", () => {
  it("answers rows, and the shards that were asked", async () => {
    const { status, body } = await ask({ sql: "select count(*) as n from user" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      columns: [{ name: "n", type: "LONGLONG" }],
      plan: { OperatorType: "Aggregate" },
      shards: ["tagenal/-80", "tagenal/80-"],
    });
    const one = await ask({ sql: "select count(*) from operation", keyspace: "global" });
    expect(one.body).toMatchObject({ shards: ["global/0"], isCut: false });
  });

  it("answers what SHOW and VEXPLAIN tell", async () => {
    const tablets = await ask({ sql: "show vitess_tablets" });
    expect(JSON.stringify(tablets.body["rows"])).toContain("PRIMARY");
    const plan = await ask({ sql: "vexplain plan select uid from user where uid = 1" });
    expect(JSON.stringify(plan.body["rows"])).toContain("OperatorType");
  });

  it("answers so many rows, and says that there are more", async () => {
    const sql = "select table_name from information_schema.columns";
    const { body } = await ask({ sql, maxRows: 3 });
    expect(body["rows"]).toHaveLength(3);
    expect(body["isCut"]).toBe(true);
  });

  it("says what the database says of a statement that it does not understand", async () => {
    const { status, body } = await ask({ sql: "select nothing from user" });
    expect(status).toBe(422);
    expect(body).toMatchObject({ field: "sql", detail: expect.stringContaining("nothing") });
    expect((await ask({ sql: "select from where" })).status).toBe(422);
  });

  it("gives up a statement that takes too long", async () => {
    const startedAt = performance.now();
    const { status, body } = await ask({ sql: "select sleep(60) from dual" });
    expect(status).toBe(504);
    expect(body["detail"]).toContain("within 10 s");
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it("asks for the token", async () => {
    const init = { method: "POST", headers: { ...headers, authorization: "" }, body: "{}" };
    expect((await fetch(`${url}/v1/queries`, init)).status).toBe(401);
  });

  it.each([
    "insert into user (home, uid, name) values (1, 99999999, 'a')",
    "delete from user",
    "update user set name = 'a' where uid = 1",
  ])("is held to it by MySQL, too: %s", async (sql) => {
    const inSession = createInSession(vtgateUrl);
    const settings = { keyspace: "tagenal", timeoutMs: 5_000 };
    await expect(inSession(settings, ({ run }) => run(sql))).rejects.toThrow(
      /read.?only|READ ONLY/i,
    );
  });
});

describe("what watches the cluster", () => {
  it("is said not to be there where it is not", async () => {
    const answer = await fetch(`${url}/v1/alerts`);
    expect(await answer.json()).toEqual({ isWatched: false, items: [], next: null });
  });

  it.runIf(home !== "")("shows the trace of a statement, down to the tablet", async () => {
    const { traceId, traceparent } = newTrace();
    await ask({ sql: "select count(*) from user" }, { traceparent });
    const readServices = async (): Promise<string[]> => {
      const answer = await fetch(`${url}/v1/traces/${traceId}`);
      const { spans } = (await answer.json()) as { spans: { service: string }[] };
      return [...new Set(spans.map(({ service }) => service))];
    };
    await expect
      .poll(readServices, { timeout: 20_000, interval: 1_000 })
      .toEqual(expect.arrayContaining(["entry", "query-sql", "vtgate", "vttablet"]));
  });
});
