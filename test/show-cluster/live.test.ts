import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createLive, type LiveSettings, type Topic } from "#functions/show-cluster/live.ts";
import { createReadLive, readNewest } from "#functions/show-cluster/live-topics.ts";
import type { RouteRequest } from "#shared/http-function.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { serveFunction } from "../shared/edge.ts";

interface Heard {
  readonly event: string;
  readonly data: string;
}

const request = { query: new URLSearchParams() } as RouteRequest;

/** Listens as a browser does, but for the socket. */
const listen = async ({ route }: ReturnType<typeof createLive>) => {
  const { body: stream, headers } = await route.handle(request);
  const readable = stream as Readable;
  const heard: Heard[] = [];
  let text = "";
  readable.on("data", (piece: Buffer) => {
    text += piece.toString();
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const [, name = ""] = /^event: (.*)$/m.exec(event) ?? [];
      const [, data = ""] = /^data: (.*)$/m.exec(event) ?? [];
      heard.push({ event: name, data });
    }
  });
  const of = (name: string): string[] =>
    heard.filter(({ event }) => event === name).map(({ data }) => data);
  return { heard, of, headers, readable };
};

const quick: LiveSettings = { beatMs: 20, longestMs: 5_000 };
const topic = (read: Topic["read"]): Topic => ({ name: "things", everyMs: 5, read });

describe("live events", () => {
  it("tell a state when it has changed, and only then", async () => {
    let state = 1;
    const live = createLive([topic(async () => ({ state }))], quick);
    const { of, readable, headers } = await listen(live);
    expect(headers).toMatchObject({ "content-type": "text/event-stream" });
    await expect.poll(() => of("things")).toEqual(['{"state":1}']);
    await sleep(30);
    state = 2;
    await expect.poll(() => of("things")).toEqual(['{"state":1}', '{"state":2}']);
    expect(of("beat").length).toBeGreaterThan(1);
    readable.destroy();
  });

  it("are read once for all who listen, and tell newcomers what is known", async () => {
    let reads = 0;
    const read = async (): Promise<string> => {
      reads += 1;
      return "same";
    };
    const live = createLive([{ ...topic(read), everyMs: 50 }], quick);
    const one = await listen(live);
    await expect.poll(() => one.of("things")).toEqual(['"same"']);
    const before = reads;
    const others = await Promise.all([listen(live), listen(live)]);
    await expect.poll(() => others.map(({ of }) => of("things"))).toEqual([['"same"'], ['"same"']]);
    expect(reads - before).toBeLessThan(3);
    for (const { readable } of [one, ...others]) readable.destroy();
  });

  it("are not read while nobody listens", async () => {
    let reads = 0;
    const live = createLive([topic(async () => ++reads)], quick);
    expect(reads).toBe(0);
    const { readable } = await listen(live);
    await expect.poll(() => reads).toBeGreaterThan(2);
    readable.destroy();
    await expect.poll(() => live.count()).toBe(0);
    await expect.poll(() => live.isAtRest()).toBe(true);
    const last = reads;
    await sleep(50);
    expect(reads).toBe(last);
  });

  it("tell trouble once, and the state again after it", async () => {
    let isBroken = false;
    const live = createLive(
      [
        topic(async () => {
          if (isBroken) throw new Error("the topology does not answer");
          return "well";
        }),
      ],
      quick,
    );
    const { of, heard, readable } = await listen(live);
    await expect.poll(() => of("things")).toHaveLength(1);
    isBroken = true;
    await expect.poll(() => of("trouble")).toHaveLength(1);
    await sleep(30);
    isBroken = false;
    await expect.poll(() => of("things")).toHaveLength(2);
    const told = heard.filter(({ event }) => event !== "beat").map(({ event }) => event);
    expect(told).toEqual(["things", "trouble", "things"]);
    expect(of("trouble")).toEqual(['{"topic":"things","says":"the topology does not answer"}']);
    readable.destroy();
  });

  it("end by themselves, and let only so many listen", async () => {
    const live = createLive([], { ...quick, longestMs: 40, mostListeners: 1 });
    const { readable } = await listen(live);
    await expect(live.route.handle(request)).rejects.toMatchObject({ status: 503 });
    await expect.poll(() => readable.readableEnded).toBe(true);
    await expect.poll(() => live.count()).toBe(0);
    const again = await listen(live);
    again.readable.destroy();
  });

  it("let go of a caller who has gone, over HTTP", async () => {
    const live = createLive([topic(async () => "well")], quick);
    defineHttpFunction("live-test", [live.route], { origins: [] });
    const { url, stop } = await serveFunction("live-test");
    const caller = new AbortController();
    const response = await fetch(`${url}/v1/events`, { signal: caller.signal });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const first = await response.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^retry: 1000\nevent: beat\n/);
    expect(live.count()).toBe(1);
    caller.abort();
    await expect.poll(() => live.count()).toBe(0);
    await stop();
  });
});

describe("the servers, live", () => {
  it("do not wait for the figures of one that does not answer", async () => {
    const never = () => new Promise<never>(() => {});
    const read = createReadLive({
      readView: async () => ({
        at: 0,
        managed: [],
        tablets: [
          {
            ...{ name: "beijing-101", alias: "beijing-0000000101", dataCenter: "beijing" },
            ...{ keyspace: "tagenal", shard: "-80", type: "PRIMARY", webAddress: "" },
            ...{ isServing: false, isReplicating: false, lag: null, primarySince: null },
          },
        ],
      }),
      ...{ readFigures: never, readStates: never, readBackups: never },
    });
    const { items } = await read();
    expect(items).toMatchObject([{ tablet: "beijing-101", state: "not serving" }]);
  });
});

describe("the operations, live", () => {
  it("are the newest and all that have not ended, each once", async () => {
    const asked: string[] = [];
    const found = await readNewest({
      query: async <T extends object>(sql: string) => {
        asked.push(sql);
        return (
          sql.includes(" in (") ? [{ id: "b" }, { id: "old" }] : [{ id: "c" }, { id: "b" }]
        ) as T[];
      },
    });
    expect(found.map(({ id }) => id)).toEqual(["c", "b", "old"]);
    expect(asked).toHaveLength(2);
  });
});
