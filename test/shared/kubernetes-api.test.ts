/** The Kubernetes API over HTTP, answered as an API server does. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "#shared/kubernetes-api.ts";

const seen: { method?: string; path?: string; account?: string; type?: string; body: string }[] =
  [];
const statuses = new Map([
  ["PATCH /changed", 422],
  ["PATCH /busy", 409],
  ["DELETE /gone", 404],
  ["DELETE /kept", 403],
  ["GET /late", 503],
]);
const server = createServer(async (request, response) => {
  const { method = "", url = "", headers } = request;
  const { authorization = "", "content-type": type = "" } = headers;
  seen.push({ method, path: url, account: authorization, type, body: await text(request) });
  const status = statuses.get(`${method} ${url}`) ?? 200;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(status === 200 ? { kind: "Thing" } : { message: `no ${url}` }));
});

let folder: string;
let address: string;
let api: KubernetesApi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tagenal-account-"));
  await writeFile(join(folder, "ca.crt"), "");
  await writeFile(join(folder, "token"), "first\n");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api = createKubernetesApi({ server: address, folder });
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

describe("the Kubernetes API", () => {
  it("is asked under the pod's account, as it is at that moment", async () => {
    expect(await api.get("/things")).toEqual({ kind: "Thing" });
    await writeFile(join(folder, "token"), "second\n");
    await api.patch("/things/1", [{ op: "replace", path: "/spec/replicas", value: 3 }]);
    expect(seen.slice(-2)).toMatchObject([
      { method: "GET", path: "/things", account: "Bearer first" },
      {
        ...{ method: "PATCH", path: "/things/1", account: "Bearer second" },
        type: "application/json-patch+json",
        body: '[{"op":"replace","path":"/spec/replicas","value":3}]',
      },
    ]);
  });

  it.each([
    {
      name: "a patch of what has changed",
      ask: () => api.patch("/changed", []),
      code: "unavailable",
    },
    { name: "a patch beside another", ask: () => api.patch("/busy", []), code: "unavailable" },
    { name: "what it may not", ask: () => api.remove("/kept"), code: "forbidden" },
    { name: "a server in trouble", ask: () => api.get("/late"), code: "unavailable" },
  ])("says what is to be done about $name", async ({ ask, code }) => {
    await expect(ask()).rejects.toMatchObject({ code, message: expect.stringMatching(/no \//) });
  });

  it("takes what is gone for deleted", async () => {
    await expect(api.remove("/gone")).resolves.toBeUndefined();
  });

  it("is not there for a pod without an account", async () => {
    const none = createKubernetesApi({ server: address, folder: join(folder, "none") });
    await expect(none.get("/things")).rejects.toMatchObject({ code: "unavailable" });
  });
});
