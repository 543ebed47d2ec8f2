import { readFile } from "node:fs/promises";
import { Agent, request as send } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Entry, startEntry } from "#infra/local/entry/entry.ts";
import { createLog } from "#shared/log.ts";
import { createSite } from "./site.ts";

process.env["LOG_LEVEL"] = "silent";
// Processes start here: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });
const patience = { timeout: 15_000 };
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

const functions = [
  {
    name: "echo",
    routes: "GET /v1/echo, GET /v1/echo/*, POST /v1/echo",
    env: '[{name: GIVEN, valueFrom: {}}, {name: PLAIN, value: "plain"}, {name: K_SINK, value: x}]',
    body: `const { GIVEN, PLAIN, K_SINK, HIDDEN, HOME } = process.env;
      res.json({ pid: process.pid, uid: process.getuid(), url: req.originalUrl, size: req.rawBody?.length,
        forwarded: req.headers["x-forwarded-for"], env: { GIVEN, PLAIN, K_SINK, HIDDEN, HOME } });`,
  },
  {
    name: "one-by-one",
    routes: "GET /v1/one",
    concurrency: 1,
    timeoutSeconds: 2,
    top: "let now = 0; let most = 0;",
    body: `now += 1; most = Math.max(most, now); await sleep(Number(req.query.ms)); now -= 1; res.json({ most });`,
  },
  {
    name: "hang",
    routes: "GET /v1/hang",
    timeoutSeconds: 0.5,
    body: `if (req.query.hang) for (;;); res.json({ pid: process.pid });`,
  },
  {
    name: "hold",
    routes: "GET /v1/hold, GET /v1/hold/*",
    timeoutSeconds: 20,
    top: "const held = [];",
    body: `if (req.path === "/v1/hold/now") return res.json({ pid: process.pid, held: held.length });
      if (req.path === "/v1/hold/release") { held.splice(0).forEach((go) => go()); return res.end(); }
      if (req.query.stream) {
        res.set("content-type", "text/event-stream").write("data: 1\\n\\n");
      }
      await new Promise((go) => held.push(go));
      res.end("data: 2\\n\\n");`,
  },
  { name: "broken", routes: "GET /v1/broken", top: 'throw new Error("bad set-up");', body: "" },
  { name: "events-only", body: "res.status(202).end();" },
];

let site: Awaited<ReturnType<typeof createSite>>;
let entry: Entry;
beforeAll(async () => {
  site = await createSite(functions);
  entry = await startEntry(
    {
      ...site,
      port: 0,
      activatorPort: 0,
      env: { GIVEN: "from the cluster", K_SINK: "http://broker", HIDDEN: "not asked for" },
      user: isRoot ? { uid: NOBODY, gid: NOBODY } : undefined,
    },
    createLog("entry"),
  );
});
afterAll(async () => {
  await entry.stop();
  await site.remove();
});

const ask = (path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${entry.port}${path}`, init);
const activate = (path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${entry.activatorPort}${path}`, init);
const pidOf = async (path: string) => ((await (await ask(path)).json()) as { pid: number }).pid;
const held = async () =>
  (await (await ask("/v1/hold/now")).json()) as { pid: number; held: number };
const statusOf = async (name: string) => {
  const all = (await (await activate("/functions")).json()) as { name: string }[];
  return all.find((each) => each.name === name);
};

describe("the entry", () => {
  it("starts a function at its first use, once for all who ask", async () => {
    expect(await statusOf("echo")).toMatchObject({ state: "idle", pid: null, requests: 0 });
    const pids = await Promise.all([pidOf("/v1/echo"), pidOf("/v1/echo"), pidOf("/v1/echo")]);
    expect(new Set(pids).size).toBe(1);
    expect(await statusOf("echo")).toMatchObject({
      state: "ready",
      pid: pids[0],
      requests: 3,
      inFlight: 0,
    });
  });

  it("gives a function its user and the environment that its manifest lists", async () => {
    const headers = { "x-forwarded-for": "9.9.9.9" };
    expect(await (await ask("/v1/echo/a?b=1", { headers })).json()).toMatchObject({
      url: "/v1/echo/a?b=1",
      uid: isRoot ? NOBODY : process.getuid?.(),
      forwarded: expect.stringContaining("127.0.0.1"),
      env: { GIVEN: "from the cluster", PLAIN: "plain", K_SINK: "http://broker" },
    });
    const { env } = (await (await ask("/v1/echo")).json()) as { env: object };
    expect(Object.keys(env)).toEqual(["GIVEN", "PLAIN", "K_SINK"]);
  });

  it("passes bodies on, with and without a length", async () => {
    const body = Buffer.alloc(3_000_000, "x");
    const headers = { "content-type": "application/octet-stream" };
    const sized = await ask("/v1/echo", { method: "POST", headers, body });
    expect(await sized.json()).toMatchObject({ size: body.length });
    const size = await new Promise((resolve, reject) => {
      const request = send(
        `http://127.0.0.1:${entry.port}/v1/echo`,
        { method: "POST", headers },
        (answer) => answer.setEncoding("utf8").on("data", (text) => resolve(JSON.parse(text).size)),
      );
      request.on("error", reject).write(body.subarray(0, 1_000_000));
      setTimeout(() => request.end(body.subarray(1_000_000)), 20);
    });
    expect(size).toBe(body.length);
  });

  it("goes on with a connection whose last body nobody read", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const post = (body: string | Buffer) =>
      new Promise<unknown>((resolve, reject) => {
        // Without a content type the framework leaves the body alone.
        const options = { port: entry.port, path: "/v1/echo", method: "POST", agent };
        const request = send(options, (answer) => answer.resume().on("end", () => resolve("done")));
        request.on("error", reject).end(body);
      });
    expect(await post(Buffer.alloc(3_000_000))).toBe("done");
    expect(await post("x")).toBe("done");
    agent.destroy();
  });

  it("refuses a body that is too large", async () => {
    const body = Buffer.alloc(33 * 1024 * 1024);
    expect((await ask("/v1/echo", { method: "POST", body })).status).toBe(413);
  });

  it.each([
    { path: "/v1/unknown", method: "GET", status: 404 },
    { path: "/events-only/", method: "POST", status: 404 },
    { path: "/echo/v1/echo", method: "GET", status: 404 },
    { path: "/functions", method: "GET", status: 404 },
    { path: "/v1/echo/../../events-only/", method: "POST", status: 404 },
    { path: "/v1/echo", method: "DELETE", status: 405 },
  ])(
    "answers $method $path from outside with problem $status",
    async ({ path, method, status }) => {
      const answer = await new Promise<{ status: number | undefined; type: string | undefined }>(
        // fetch would resolve the dots before sending.
        (resolve) => {
          send({ port: entry.port, path, method }, (response) => {
            response.resume();
            resolve({ status: response.statusCode, type: response.headers["content-type"] });
          }).end();
        },
      );
      expect(answer).toEqual({ status, type: "application/problem+json" });
    },
  );

  it("reaches every function from inside, and nothing else", async () => {
    expect((await activate("/events-only/", { method: "POST" })).status).toBe(202);
    expect(await (await activate("/echo/v1/x?y=1")).json()).toMatchObject({ url: "/v1/x?y=1" });
    expect((await activate("/healthz")).status).toBe(200);
    expect((await activate("/nobody/")).status).toBe(404);
  });

  it("lets only as many requests in as the function wants, the others wait", async () => {
    await ask("/v1/one?ms=0");
    const answers = await Promise.all([1, 2, 3].map(() => ask("/v1/one?ms=50")));
    for (const answer of answers) expect(await answer.json()).toEqual({ most: 1 });
  });

  it("answers 504 when the time is up, and gives the slot to the next", async () => {
    const late = await ask("/v1/one?ms=20000");
    expect(late.status).toBe(504);
    expect(await late.json()).toMatchObject({ type: "urn:tagenal:problem:timeout" });
    expect((await ask("/v1/one?ms=0")).status).toBe(200);
  });

  it("starts a function again after a kill -9", async () => {
    const pid = await pidOf("/v1/echo");
    process.kill(pid, "SIGKILL");
    await expect.poll(() => statusOf("echo"), patience).toMatchObject({ state: "idle" });
    expect(await pidOf("/v1/echo")).not.toBe(pid);
  });

  it("replaces a process that hangs", async () => {
    const pid = await pidOf("/v1/hang");
    expect((await ask("/v1/hang?hang=1")).status).toBe(504);
    await expect.poll(() => statusOf("hang"), patience).toMatchObject({ state: "idle" });
    expect(await pidOf("/v1/hang")).not.toBe(pid);
  });

  it("answers 503 for a request that its function died under", async () => {
    const answer = ask("/v1/hold");
    await expect.poll(held, patience).toMatchObject({ held: 1 });
    process.kill((await held()).pid, "SIGKILL");
    expect((await answer).status).toBe(503);
  });

  it("answers 503 for a function that does not start, its log says why", async () => {
    expect((await ask("/v1/broken")).status).toBe(503);
    const again = await ask("/v1/broken");
    expect(again.headers.get("retry-after")).toBe("1");
    expect(await statusOf("broken")).toMatchObject({ state: "failed" });
    expect(await readFile(join(site.logs, "broken.log"), "utf8")).toContain("bad set-up");
  });

  it("passes a stream on as it comes", async () => {
    const answer = await ask("/v1/hold?stream=1");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("data: 1\n\n");
    await expect.poll(held, patience).toMatchObject({ held: 1 });
    await ask("/v1/hold/release");
    expect((await reader?.read())?.value).toBe("data: 2\n\n");
  });
});

/** Bytes that need not be HTTP, and what comes back. */
const sendBytes = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(entry.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      answer += chunk;
    });
    socket.once("error", reject).once("close", () => resolve(answer));
  });

describe("a long address", () => {
  it("reaches its function", async () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => 9_000_000_000_000_000 + index);
    const path = `/v1/echo?uid[in]=${keys.join("%2C")}`;
    const response = await fetch(`http://127.0.0.1:${entry.port}${path}`);
    expect(await response.json()).toMatchObject({
      url: expect.stringContaining("%2C9000000000000999"),
    });
  });
});

describe("what is no request", () => {
  it.each([
    { name: "no HTTP", text: "hello\r\n\r\n", status: 400 },
    {
      name: "a second length",
      text: "POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      status: 400,
    },
    {
      name: "too many headers",
      text: `GET /v1/echo HTTP/1.1\r\nhost: x\r\na: ${"a".repeat(70_000)}\r\n\r\n`,
      status: 431,
    },
  ])("is answered with a problem: $name", async ({ text, status }) => {
    const [head = "", body = ""] = (await sendBytes(text)).split("\r\n\r\n");
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain("content-type: application/problem+json");
    expect(JSON.parse(body)).toMatchObject({ status, detail: "the request could not be read" });
  });
});

describe("a browser that asks beforehand", () => {
  it("is sent to the function that it will ask", async () => {
    const ask = (method: string) =>
      fetch(`http://127.0.0.1:${entry.port}/v1/echo`, {
        method: "OPTIONS",
        headers: { origin: "https://x.example", "access-control-request-method": method },
      });
    expect(await (await ask("POST")).json()).toMatchObject({ url: "/v1/echo" });
    expect((await ask("DELETE")).status).toBe(405);
  });
});
