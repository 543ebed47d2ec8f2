import { describe, expect, it } from "vitest";
import type { BusyOperation } from "#functions/run-operations/create-kind.ts";
import { createLoadKind } from "#functions/run-operations/load-kind.ts";
import { createRunOperations } from "#functions/run-operations/run-operations.ts";
import { createUploads } from "#functions/run-operations/uploads.ts";
import { toView } from "#functions/run-operations/view.ts";
import { toStoredEvent } from "#shared/emit.ts";
import type { RouteRequest } from "#shared/http-function.ts";
import type { Redirection } from "#shared/operation-redirect.ts";
import type { Operation } from "#shared/operation-rows.ts";
import type { NewOperation } from "#shared/operations.ts";
import { Problem } from "#shared/problem.ts";
import { isLoadable, tableOfFile } from "#shared/staged-names.ts";
import { fileKey, manifestKey, toSource } from "#shared/staging.ts";

const ID = "0b2f7a4e-1111-4111-8111-123456789012";
const file = { name: "user.dat", size: 3, sha256: "a".repeat(64) };
const source = toSource({ files: [file] });

const operation: Operation = {
  id: ID,
  serial: 7,
  kind: "load",
  state: "running",
  request: { kind: "load", source },
  progress: { phase: "loading", plan: {} },
  result: null,
  problem: null,
  askedBy: "token",
  createdAt: 1_000,
  updatedAt: 2_000,
};
const tally = { planned: 1, inFlight: 1, done: 2, rows: 400, doneRows: 100 };

const parts = [
  { table: "users" as const, shard: "-80", rows: 300, doneRows: 100 },
  { table: "users" as const, shard: "80-", rows: 100, doneRows: 0 },
];

const createWorld = (busy: readonly BusyOperation[] = []) => {
  const objects = new Map<string, string>();
  const created: NewOperation[] = [];
  const redirected: ({ id: string } & Redirection)[] = [];
  const store = {
    put: async (key: string, body: string) => void objects.set(key, body),
    presignPut: async (key: string) => `https://store/${key}`,
    read: async (key: string) => {
      const body = objects.get(key);
      if (body === undefined) throw new Problem("not-found", `there is no object ${key}`);
      return Buffer.from(body);
    },
    sizeOf: async (key: string) => objects.get(key)?.length,
  };
  const routes = createRunOperations({
    operations: {
      create: async (wanted) => {
        created.push(wanted);
        return { operation, isNew: true };
      },
      get: async () => operation,
      list: async ({ limit, before }) =>
        [9, 8, 7]
          .filter((serial) => before === undefined || serial < before)
          .slice(0, limit)
          .map((serial) => ({ ...operation, serial })),
      control: async () => ({ ...operation, state: "paused" }),
    },
    redirect: async (id, redirection) => {
      redirected.push({ id, ...redirection });
      return operation;
    },
    kinds: {
      load: createLoadKind({
        objects: store,
        readBusy: async () => busy,
        toEvent: (contract, event) => toStoredEvent("/functions/test", contract, event),
      }),
    },
    readSteps: async () => ({ load: { startedAt: 1_000, finishedAt: null } }),
    readTally: async () => tally,
    readParts: async () => parts,
    presignGet: async (key) => `https://store/${key}`,
    uploads: createUploads({ objects: store }),
    now: () => 3_000,
  });
  const call = async (method: string, path: string, body?: unknown, query = "") => {
    const route = routes.find((found) => found.method === method && found.path === path);
    if (route === undefined) throw new Error(`no route ${method} ${path}`);
    const request: RouteRequest = {
      params: { id: ID },
      query: new URLSearchParams(query),
      headers: {},
      body,
      signal: new AbortController().signal,
    };
    return route.handle(request);
  };
  return { call, created, redirected, objects, routes };
};

const stage = async (world: ReturnType<typeof createWorld>): Promise<void> => {
  await world.call("POST", "/v1/uploads", { files: [file] });
  world.objects.set(fileKey(source, file.name), "{}\n");
};

describe("run-operations", () => {
  it("asks for the token wherever something changes", () => {
    for (const { method, auth } of createWorld().routes)
      expect(auth).toBe(method === "GET" ? undefined : "operate");
  });

  it("answers addresses for uploads, and keeps what was announced", async () => {
    const { call, objects } = createWorld();
    const { status, body } = await call("POST", "/v1/uploads", { files: [file] });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      source,
      files: [{ name: "user.dat", url: `https://store/${fileKey(source, "user.dat")}` }],
    });
    expect(JSON.parse(objects.get(manifestKey(source)) ?? "")).toEqual({ files: [file] });
  });

  it.each([
    [{ files: [] }, "files"],
    [{ files: [{ ...file, name: "../user.dat" }] }, "files.0.name"],
    [{ files: [{ ...file, name: "passwd" }] }, "files.0.name"],
    [{ files: [{ ...file, size: -1 }] }, "files.0.size"],
    [{ files: [{ ...file, sha256: "x" }] }, "files.0.sha256"],
    [{ files: [file, file] }, "files"],
    [{ files: [{ ...file, path: "/etc" }] }, "files.0.path"],
    ["text", undefined],
  ])("refuses the announcement %j", async (body, field) => {
    await expect(createWorld().call("POST", "/v1/uploads", body)).rejects.toMatchObject({
      code: "invalid-request",
      field,
    });
  });

  it("stores a load and answers 202 with its address", async () => {
    const world = createWorld();
    await stage(world);
    const { status, headers } = await world.call("POST", "/v1/operations", {
      kind: "load",
      source,
    });
    expect(status).toBe(202);
    expect(headers).toEqual({ location: `/v1/operations/${ID}` });
    expect(world.created).toHaveLength(1);
    expect(world.created[0]).toMatchObject({
      kind: "load",
      request: { kind: "load", source, maxErrors: 0, onConflict: "fail" },
      lockName: `load:${source}`,
      step: "plan",
    });
    expect(world.created[0]?.toEvent(ID)).toMatchObject({
      type: "dev.tagenal.load.requested.v1",
      subject: ID,
      data: { operationId: ID },
    });
  });

  it.each([
    [{ kind: "load", source: "/etc/passwd" }, "source"],
    [{ kind: "load", source: "https://example.org/user.dat" }, "source"],
    [{ kind: "load", source: "uploads/../x" }, "source"],
    [{ kind: "load", source: `uploads/${"0".repeat(32)}` }, "source"],
    [{ kind: "load" }, "source"],
    [{ kind: "load", source, maxErrors: -1 }, "maxErrors"],
    [{ kind: "load", source, onConflict: "replace" }, "onConflict"],
    [{ kind: "load", source, force: true }, "force"],
    [{ kind: "explode" }, "kind"],
    [{ kind: "constructor" }, "kind"],
    [{}, "kind"],
    [undefined, "kind"],
  ])("refuses %j, naming the field", async (body, field) => {
    const world = createWorld();
    await expect(world.call("POST", "/v1/operations", body)).rejects.toMatchObject({
      code: "invalid-request",
      field,
    });
    expect(world.created).toEqual([]);
  });

  it.each([
    { phase: "copy", isRefused: true },
    { phase: "keep", isRefused: false },
  ])("loads nothing while a shard is split: in phase $phase", async ({ phase, isRefused }) => {
    const world = createWorld([{ id: "x", kind: "split", request: {}, progress: { phase } }]);
    await stage(world);
    const request = { kind: "load", source };
    const { body } = await world.call("POST", "/v1/operations", request, "dryRun=true");
    expect(body).toMatchObject({ reasons: isRefused ? ["a shard is being split"] : [] });
  });

  it("says every reason why a load cannot run, and starts nothing", async () => {
    const world = createWorld();
    await stage(world);
    world.objects.set(fileKey(source, file.name), "too long");
    const request = { kind: "load", source };
    await expect(world.call("POST", "/v1/operations", request)).rejects.toMatchObject({
      code: "conflict",
      extra: { reasons: ["user.dat has 8 bytes, 3 were announced"] },
    });
    world.objects.delete(fileKey(source, file.name));
    const { body } = await world.call("POST", "/v1/operations", request, "dryRun=true");
    expect(body).toMatchObject({
      canRun: false,
      reasons: ["user.dat was announced but not uploaded"],
      plan: { files: [{ name: "user.dat", table: "users" }], bytes: 3 },
    });
    expect(world.created).toEqual([]);
  });

  it("pages through the operations, newest first", async () => {
    const { call } = createWorld();
    const serials = (body: unknown) =>
      (body as { items: { serial: number }[] }).items.map(({ serial }) => serial);
    const first = await call("GET", "/v1/operations", undefined, "limit=2");
    expect(serials(first.body)).toEqual([9, 8]);
    const { next } = first.body as { next: string };
    const second = await call("GET", "/v1/operations", undefined, `limit=2&cursor=${next}`);
    expect(serials(second.body)).toEqual([7]);
    expect(second.body).toMatchObject({ next: null });
  });

  it("keeps what a cancelled load has loaded, or has it removed, as its caller says", async () => {
    const { call, redirected } = createWorld();
    const path = "/v1/operations/:id/cancel";
    for (const body of [undefined, {}, { loaded: "keep" }])
      expect((await call("POST", path, body)).body).toMatchObject({ state: "paused" });
    expect(redirected).toEqual([]);
    expect((await call("POST", path, { loaded: "remove" })).status).toBe(202);
    expect(redirected).toMatchObject([
      { id: ID, step: "remove", event: { type: "dev.tagenal.load.removal-requested.v1" } },
    ]);
    await expect(call("POST", path, { loaded: "burn" })).rejects.toMatchObject({ field: "loaded" });
  });

  it("says that a load cannot be undone yet", async () => {
    await expect(createWorld().call("POST", "/v1/operations/:id/undo")).rejects.toMatchObject({
      code: "conflict",
    });
  });
});

describe("view", () => {
  const steps = { load: { startedAt: 1_000, finishedAt: null } };

  it("estimates rate and time left", () => {
    expect(toView({ operation, steps, tally, now: 3_000 })).toMatchObject({
      progress: {
        phase: "loading",
        rows: { done: 100, total: 400, rowsPerSecond: 50, secondsLeft: 6 },
      },
      steps: [{ name: "load", seconds: 2, isDone: false }],
      next: "insert the rest of the rows",
      createdAt: "1970-01-01T00:00:01.000Z",
    });
  });

  it("gives no time left before it can tell", () => {
    const view = toView({ operation, steps, tally: { ...tally, doneRows: 1 }, now: 3_000 });
    expect(view).not.toHaveProperty("progress.rows.secondsLeft");
  });

  it("has nothing next once it has ended", () => {
    expect(
      toView({ operation: { ...operation, state: "failed" }, steps, now: 0 }),
    ).not.toHaveProperty("next");
  });
});

describe("staging", () => {
  it.each([
    ["user.dat", "users"],
    ["user_read.jsonl.gz", "reads"],
    ["read-2.csv", "reads"],
    ["article.1.dat.zst", "articles"],
    ["users.csv", "users"],
    ["user_read.sql.zst", "reads"],
  ])("knows what %s is for", (name, table) => {
    expect(isLoadable(name)).toBe(true);
    expect(tableOfFile(name)).toBe(table);
  });

  it.each(["user", "user.dat.bz2", "be_read.dat", "article_read.dat", ".user.dat", "a/user.dat"])(
    "does not take %s",
    (name) => {
      expect(isLoadable(name)).toBe(false);
    },
  );

  it("is the same source for the same files in any order, and another for others", () => {
    const other = { ...file, name: "read.dat" };
    expect(toSource({ files: [other, file] })).toBe(toSource({ files: [file, other] }));
    expect(toSource({ files: [other] })).not.toBe(source);
    expect(toSource({ files: [{ ...file, sha256: "b".repeat(64) }] })).not.toBe(source);
  });
});
