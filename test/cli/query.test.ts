import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseFilters, splitWords, toPath } from "#infra/cli/query.ts";
import { createToLines, toLinesOfOne } from "#infra/cli/query-format.ts";

const main = join(import.meta.dirname, "../../infra/cli/main.ts");

let server: Server;
let url: string;
let asked: string[] = [];

const users = Array.from({ length: 12_000 }, (_, index) => ({
  uid: index + 1,
  name: `北京 "${index + 1}"`,
  timestamp: 1_525_132_800_000,
}));
const rank = {
  ...{ id: "daily:2015-05-01", timestamp: 0, temporalGranularity: "daily" },
  articleAidList: [3],
  articles: [{ aid: 3, title: "T", category: "science", authors: "A", beRead: { readNum: 9 } }],
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    asked.push(request.url ?? "");
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (pathname === "/v1/ranks/daily/2015-05-01") return send(200, rank);
    if (pathname === "/v1/users/1") return send(200, users[0]);
    if (pathname === "/v1/articles/3/be-read") return send(200, { items: [7, 8], next: null });
    if (searchParams.has("regoin"))
      return send(400, { detail: "unknown parameter; known: region" });
    if (pathname !== "/v1/users") return send(200, { items: [], next: null });
    const start = Number(searchParams.get("cursor") ?? 0);
    const end = start + Math.min(Number(searchParams.get("limit")), 5_000);
    const next = end < users.length ? String(end) : null;
    return send(200, { items: users.slice(start, end), next });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
});

const query = async (...words: string[]) => {
  const child = spawn(process.execPath, [main, "query", ...words, "--url", url], {
    env: { ...process.env, TAGENAL_TOKEN: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  return { code, out, err };
};

describe("tagenal query", () => {
  it("prints a table, its columns one below the other", async () => {
    const { code, out } = await query("users", "--region", "Beijing", "--limit", "2");
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "uid  name      timestamp",
      '1    北京 "1"  2018-05-01T00:00:00',
      '2    北京 "2"  2018-05-01T00:00:00',
      "",
    ]);
    expect(asked).toEqual(["/v1/users?region=Beijing&limit=2"]);
  });

  it("follows the pages, as far as it is asked", async () => {
    const { out } = await query("users", "--limit", "7000", "--format", "csv");
    const lines = out.trim().split("\n");
    expect(lines).toHaveLength(7_001);
    expect(lines.slice(0, 2)).toEqual(["uid,name,timestamp", '1,"北京 ""1""",1525132800000']);
    expect(asked).toEqual(["/v1/users?limit=5000", "/v1/users?limit=2000&cursor=5000"]);
  });

  it("prints JSON that is read again as what the API answered", async () => {
    const { out } = await query("users", "--limit", "all", "--format", "json");
    expect(JSON.parse(out)).toEqual(users);
    expect(JSON.parse((await query("reads", "--format", "json")).out)).toEqual([]);
    expect(JSON.parse((await query("users", "1", "--format", "json")).out)).toEqual(users[0]);
  });

  it("prints a rank with the places of its articles", async () => {
    const { out } = await query("rank", "daily", "2015-05-01");
    expect(out.split("\n").slice(0, 2)).toEqual([
      "place  aid  title  category  authors  readNum",
      "1      3    T      science   A        9",
    ]);
    const json = await query("rank", "daily", "2015-05-01", "--format", "json");
    expect(JSON.parse(json.out)).toEqual(rank);
  });

  it("prints uids, one user, and that there is none", async () => {
    const uids = await query("articles", "3", "be-read", "--list", "agree", "--format", "csv");
    expect(uids.out).toBe("uid\n7\n8\n");
    expect((await query("users", "1")).out).toContain("uid        1\n");
    expect((await query("reads")).out).toBe("There is none.\n");
  });

  it("says what is wrong, without a stack", async () => {
    const wrong = await query("users", "--regoin", "x");
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain("known: region");
    expect(wrong.err).not.toContain("    at ");
    expect((await query("users", "--limit", "0")).err).toContain("a number from 1 on");
    expect((await query("users", "--region")).err).toContain("--region has no value.");
    expect((await query("users", "--format", "xml")).err).toContain("table, json, csv");
  });

  it("ends quietly when whoever reads has had enough", async () => {
    const command = `"${process.execPath}" "${main}" query users --limit all --format csv --url ${url}`;
    const shell = spawn("bash", ["-c", `set -o pipefail; ${command} | head -n 2`], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    shell.stdout.setEncoding("utf8").on("data", (chunk) => {
      out += chunk;
    });
    shell.stderr.setEncoding("utf8").on("data", (chunk) => {
      err += chunk;
    });
    const [code] = await once(shell, "close");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe('uid,name,timestamp\n1,"北京 ""1""",1525132800000\n');
  });
});

describe("the words of a query", () => {
  it("are an address and its parameters", () => {
    const { words, options } = splitWords(["users", "7", "reads", "--aid", "3", "--sort=-aid"]);
    expect(toPath(words)).toBe("/v1/users/7/reads");
    expect(parseFilters(options)).toEqual([
      ["aid", "3"],
      ["sort", "-aid"],
    ]);
    expect(toPath(["rank", "daily", "2015-05-01"])).toBe("/v1/ranks/daily/2015-05-01");
    expect(toPath(["users", "../operations"])).toBe("/v1/users/..%2Foperations");
  });

  it.each([
    { given: ["--timestamp-gte", "2018-05-01"], parsed: ["timestamp[gte]", "2018-05-01"] },
    { given: ["--uid-in=1,2"], parsed: ["uid[in]", "1,2"] },
    { given: ["--read.category", "science"], parsed: ["read.category", "science"] },
    { given: ["--name=a=b"], parsed: ["name", "a=b"] },
  ])("$given ask for $parsed", ({ given, parsed }) => {
    expect(parseFilters(given)).toEqual([parsed]);
  });
});

describe("the lines of a list", () => {
  it("show no control characters, and long texts cut", () => {
    const [, line = ""] = createToLines("table").page(
      [{ text: `\u001b[31m${"x".repeat(99)}` }],
      true,
    );
    expect(line).toMatch(/^ \[31mx+…$/);
    expect(line).toHaveLength(48);
  });

  it("show what is nested as JSON", () => {
    expect(toLinesOfOne({ beRead: { readNum: 1 }, video: null }, "csv")).toEqual([
      "beRead,video",
      '"{""readNum"":1}",',
    ]);
  });
});
