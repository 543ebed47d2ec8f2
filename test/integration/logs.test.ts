/** What lies in the logs of a real cluster after requests that went well and others that did not. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { toLines, user } from "../plan-load/input.ts";
import { newTrace } from "./jaeger.ts";
import { createLoadClient } from "./load-client.ts";
import { newUser } from "./write-rows.ts";

const cluster = inject("cluster");
const client = createLoadClient(cluster);
const KEY = 8_820_000_001;
/** Hers, and found nowhere else. */
const [name, email, phone] = ["Zdenka Quintavalle", "zdenka.q@example.org", "+420 606 987 123"];
const { traceId, traceparent } = newTrace();
let operationId: string;

const send = async (method: string, path: string, body?: unknown): Promise<number> => {
  const response = await fetch(cluster.url + path, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${cluster.token}`,
      traceparent,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
};

beforeAll(async () => {
  const person = { ...newUser(KEY), name, email, phone };
  expect(await send("POST", "/v1/users", person)).toBe(201);
  expect(await send("POST", "/v1/users", person)).toBe(409);
  expect(await send("POST", "/v1/users", { ...person, uid: name })).toBe(400);
  expect(await send("POST", "/v1/users", `{"name": "${name}", `)).toBe(400);
  const asked = new URLSearchParams({ name, email, "phone[gte]": phone, region: "Beijing" });
  expect(await send("GET", `/v1/users?${asked}`)).toBe(200);
  expect(await send("GET", `/v1/users?nick=${encodeURIComponent(name)}`)).toBe(400);
  // With other content under the same uid: the chunk is refused, and says why.
  const file = toLines(user(KEY, { name, email: `other.${email}`, phone }));
  operationId = await client.begin({ "user.dat": file });
  expect(await client.untilEnd(operationId)).toMatchObject({ state: "failed" });
});

/** By file, below the folder of the cluster's logs. */
const readLogs = async (folder: string): Promise<Map<string, string>> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name: file }) => {
        const path = join(parentPath, file);
        return [path, await readFile(path, "utf8")] as const;
      }),
    ),
  );
};

const line = z.looseObject({
  level: z.enum(["debug", "info", "warn", "error"]),
  time: z.iso.datetime(),
  name: z.string(),
  msg: z.string(),
});

describe("logs", () => {
  it("hold no secret and nothing that a user wrote", async () => {
    const { password, objectStoreSecret } = z
      .object({ password: z.string(), objectStoreSecret: z.string() })
      .parse(JSON.parse(await readFile(join(cluster.home, "cluster.json"), "utf8")));
    const hidden = [name, email, phone, password, objectStoreSecret, cluster.token];
    const spelled = hidden.flatMap((text) => [
      text,
      encodeURIComponent(text),
      String(new URLSearchParams({ x: text })).slice(2),
    ]);
    const logs = await readLogs(join(cluster.home, "logs"));
    const found = [...logs].flatMap(([file, text]) =>
      spelled.filter((secret) => text.includes(secret)).map((secret) => `${file}: ${secret}`),
    );
    expect(found).toEqual([]);
    expect([...logs.keys()].some((file) => file.endsWith("write-users.log"))).toBe(true);
  });

  it("are lines of JSON that say to which trace, operation and event they belong", async () => {
    const folder = join(cluster.home, "logs");
    const logs = await readLogs(join(folder, "functions"));
    for (const file of ["entry.log", "broker.log"])
      logs.set(file, await readFile(join(folder, file), "utf8"));
    const lines = [...logs].flatMap(([file, text]) =>
      text
        .split("\n")
        .filter((found) => found !== "")
        .map((found) => {
          try {
            return line.parse(JSON.parse(found));
          } catch {
            throw new Error(`${file}: ${found}`);
          }
        }),
    );
    const ours = lines.filter((found) => found["traceId"] === traceId);
    expect(ours.map((found) => `${found.name} ${found["route"]} ${found["status"]}`)).toEqual(
      expect.arrayContaining(["write-users /v1/users 201", "query-users /v1/users 200"]),
    );
    const planned = lines.find(
      (found) => found.name === "plan-load" && found["operationId"] === operationId,
    );
    expect(planned).toMatchObject({
      eventType: "dev.tagenal.load.requested.v1",
      eventId: expect.any(String),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });
});
