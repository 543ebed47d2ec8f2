/** What deploying decides by itself; that a cluster takes it is tested in test/cluster. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { startForwarder } from "#infra/kubernetes/forward.ts";
import { listWantedKeys, pickFunctions, place, readDeployed } from "#infra/kubernetes/functions.ts";
import { whyNotReady } from "#infra/kubernetes/readiness.ts";
import { listLocalPorts, toSettings } from "#infra/kubernetes/settings.ts";

describe("a deployment", () => {
  it("has the Broker and each function with what feeds it", async () => {
    const deployed = await readDeployed();
    expect(deployed.broker.map(({ kind }) => kind)).toEqual(["Broker"]);
    const [sweep] = pickFunctions(deployed, ["sweep-operations"]);
    expect(sweep?.others.map(({ kind }) => kind)).toEqual(["PingSource", "Trigger"]);
  });

  it("names the functions it knows when it is asked for another", async () => {
    const deployed = await readDeployed();
    expect(() => pickFunctions(deployed, ["query-user"])).toThrow("unknown: query-user; known:");
  });

  it("changes a Service's image and nothing else", async () => {
    const [users] = pickFunctions(await readDeployed(), ["query-users"]);
    if (users === undefined) throw new Error("no query-users");
    const changed = JSON.stringify(place(users, { image: "registry.example/query-users:7" }));
    const { file: _file, ...manifest } = users.service;
    const back = changed.replace("registry.example/query-users:7", "dev.local/query-users:dev");
    expect(JSON.parse(back)).toEqual(manifest);
  });
});

describe("a small cluster", () => {
  it("is asked for less of a processor, by the function and by what Knative puts beside it", async () => {
    const [users] = pickFunctions(await readDeployed(), ["query-users"]);
    if (users === undefined) throw new Error("no query-users");
    const { spec } = place(users, { image: "query-users:7", cpu: "20m" });
    expect(spec).toMatchObject({
      template: {
        metadata: {
          annotations: { "queue.sidecar.serving.knative.dev/cpu-resource-request": "20m" },
        },
        spec: { containers: [{ resources: { requests: { cpu: "20m" }, limits: { cpu: "1" } } }] },
      },
    });
  });
});

describe("readiness", () => {
  const object = (status: string, generation = 2) => ({
    kind: "Service",
    metadata: { name: "query-users", generation },
    status: {
      observedGeneration: 2,
      conditions: [{ type: "Ready", status, reason: "RevisionFailed", message: "no such image" }],
    },
  });

  it.each([
    { name: "is there when the condition says so", given: object("True"), why: undefined },
    {
      name: "waits for the newest generation to be looked at",
      given: object("True", 3),
      why: "not looked at yet",
    },
    {
      name: "says why not",
      given: object("False"),
      why: "RevisionFailed: no such image",
    },
  ])("$name", ({ given, why }) => {
    expect(whyNotReady(given)).toBe(why);
  });
});

describe("settings from a local cluster", () => {
  const env = {
    VTGATE_URL: "mysql://tagenal:secret@127.0.0.1:20012",
    S3_ENDPOINT: "http://127.0.0.1:20007",
    S3_BUCKET: "tagenal",
    API_TOKEN: "secret",
  };
  const wanted = { secret: ["VTGATE_URL"], configMap: ["S3_BUCKET", "S3_ENDPOINT"] };

  it("name the ports that have to be reached", () => {
    expect(listLocalPorts(env, wanted)).toEqual([20012, 20007]);
  });

  it("hold what functions take, at addresses that the cluster reaches", () => {
    const addresses = new Map([
      [20012, "10.0.0.1:5001"],
      [20007, "10.0.0.1:5002"],
    ]);
    expect(toSettings(env, wanted, addresses)).toMatchObject([
      { kind: "ConfigMap", data: { S3_BUCKET: "tagenal", S3_ENDPOINT: "http://10.0.0.1:5002" } },
      { kind: "Secret", stringData: { VTGATE_URL: "mysql://tagenal:secret@10.0.0.1:5001" } },
    ]);
  });

  it("are refused where the local cluster lacks one", () => {
    const more = { ...wanted, secret: ["REDIS_NODES"] };
    expect(() => toSettings(env, more, new Map())).toThrow("no REDIS_NODES");
  });

  it("are asked for by key", async () => {
    const { functions } = await readDeployed();
    const { secret, configMap } = listWantedKeys(functions);
    expect(secret).toEqual(expect.arrayContaining(["VTGATE_URL", "AWS_SECRET_ACCESS_KEY"]));
    expect(configMap).toContain("S3_ENDPOINT");
  });
});

describe("a forwarder", () => {
  it("passes both directions and their ends on, and leaves no connection behind", async () => {
    const server = createServer((socket) => {
      socket.once("data", (data) => socket.end(`${data.toString()} back`));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const forwarder = await startForwarder("127.0.0.1", (server.address() as AddressInfo).port);
    const [host = "", port] = forwarder.address.split(":");
    const client = connect(Number(port), host);
    client.write("there and");
    expect(await text(client)).toBe("there and back");
    const idle = connect(Number(port), host);
    await once(idle, "connect");
    const idleClosed = once(idle, "close");
    await forwarder.stop();
    await idleClosed;
    await new Promise((resolve) => server.close(resolve));
  });
});
