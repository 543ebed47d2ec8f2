/**
 * Servers join, are promoted, dropped and healed while somebody reads through the API and somebody
 * writes through vtgate; neither sees an error. Ends with as many servers as it began with.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createVtgate } from "#shared/vtgate.ts";

const cluster = inject("cluster");
const SHARD = "tagenal/-80";
/** A place of their own for the rows of this file: slots of the first shard, keys nobody else has. */
const FIRST_UID = 8_000_000_000;

interface Tablet {
  readonly tablet: string;
  readonly dataCenter: string;
  readonly shard: string;
  readonly role: string;
  readonly state: string;
}

interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly askedBy: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly problem: { readonly detail: string } | null;
}

const ask = async <T>(path: string, body?: object): Promise<{ status: number; body: T }> => {
  const response = await fetch(
    cluster.url + path,
    body === undefined
      ? {}
      : {
          method: "POST",
          headers: {
            "content-type": "application/json",
            authorization: `Bearer ${cluster.token}`,
          },
          body: JSON.stringify(body),
        },
  );
  return { status: response.status, body: (await response.json()) as T };
};

const untilEnded = async (id: string): Promise<Operation> => {
  for (;;) {
    const { body } = await ask<Operation>(`/v1/operations/${id}`);
    if (["succeeded", "failed", "cancelled"].includes(body.state)) return body;
    await sleep(200);
  }
};

const run = async (request: object): Promise<Operation> => {
  const { status, body } = await ask<Operation>("/v1/operations", request);
  expect(status, JSON.stringify(body)).toBe(202);
  const ended = await untilEnded(body.id);
  expect(ended.problem).toBeNull();
  expect(ended.state).toBe("succeeded");
  return ended;
};

const listTablets = async (shard = SHARD): Promise<Tablet[]> =>
  (await ask<{ items: Tablet[] }>("/v1/tablets")).body.items.filter((one) => one.shard === shard);

const findPrimary = async (): Promise<string> =>
  (await listTablets()).find(({ role }) => role === "primary")?.tablet ?? "";

const openMysql = async (name: string) => {
  const text = await readFile(join(cluster.home, "cluster.json"), "utf8");
  const { tablets } = JSON.parse(text) as { tablets: { name: string; mysqlSocket: string }[] };
  const found = tablets.find((one) => one.name === name);
  return mysql.createConnection({
    socketPath: found?.mysqlSocket ?? "",
    user: "vt_dba",
    database: "vt_tagenal",
  });
};

/** Rows of this file on one server, asked for directly. */
const countOn = async (name: string): Promise<number> => {
  const connection = await openMysql(name);
  try {
    const [rows] = await connection.query(
      "select count(*) as n from user_directory where uid >= ?",
      [FIRST_UID],
    );
    return Number((rows as { n: number }[])[0]?.n);
  } finally {
    await connection.end();
  }
};

/** Reads and writes on and on, each with at most one request under way. */
const startTraffic = () => {
  const vtgate = createVtgate(cluster.vtgateUrl, { connections: 2 });
  const seen = { reads: 0, writes: 0, errors: [] as string[], longestPause: 0 };
  let isOver = false;
  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (!isOver) {
      const start = performance.now();
      await work().catch((error: Error) => seen.errors.push(error.message));
      seen.longestPause = Math.max(seen.longestPause, performance.now() - start);
      await sleep(5);
    }
  };
  const reader = repeat(async () => {
    const response = await fetch(`${cluster.url}/v1/users?region=Beijing&limit=2`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a read answered ${response.status}`);
    seen.reads += 1;
  });
  const writer = repeat(async () => {
    // Slots below half of the range belong to the first shard. As the API, it may write again.
    await vtgate.tagenal.write(
      "insert into user_directory (slot, uid, home) values (?, ?, 1) on duplicate key update uid = uid",
      [seen.writes, FIRST_UID + seen.writes],
      { harmless: true },
    );
    seen.writes += 1;
  });
  return {
    seen,
    stop: async () => {
      isOver = true;
      await Promise.all([reader, writer]);
      await vtgate.close();
    },
  };
};

describe("the servers of a cluster", () => {
  let traffic: ReturnType<typeof startTraffic>;
  let before: Tablet[];
  let joined = "";
  beforeAll(async () => {
    before = await listTablets();
    traffic = startTraffic();
  });
  afterAll(async () => {
    await traffic.stop();
    const vtgate = createVtgate(cluster.vtgateUrl, { connections: 1 });
    await vtgate.tagenal.write("delete from user_directory where uid >= ?", [FIRST_UID]);
    await vtgate.close();
  });

  it("are listed with data center, shard, role and state", () => {
    expect(before.map(({ tablet, role }) => [tablet, role])).toEqual([
      [before[0]?.tablet, "primary"],
      [before[1]?.tablet, "replica"],
      [before[2]?.tablet, "replica"],
    ]);
    expect(before.every(({ state }) => state === "serving")).toBe(true);
  });

  it("answer a dry run with what it would do, and do nothing", async () => {
    const { status, body } = await ask<{ canRun: boolean; plan: { shard: string } }>(
      "/v1/operations?dryRun=true",
      { kind: "join-tablet", dataCenter: "hongkong", shard: "-80" },
    );
    expect([status, body.canRun, body.plan.shard]).toEqual([200, true, SHARD]);
    expect(await listTablets()).toHaveLength(3);
  });

  it.each([
    [{ kind: "join-tablet", dataCenter: "shanghai" }, "dataCenter"],
    [{ kind: "join-tablet", dataCenter: "beijing", shard: "tagenal/40-60" }, "shard"],
    [{ kind: "join-tablet", dataCenter: "beijing", shard: "first" }, "shard"],
    [{ kind: "drop-tablet", tablet: "beijing-999", confirm: "beijing-999" }, "tablet"],
    [{ kind: "drop-tablet", tablet: "beijing-101", confirm: "beijing-102" }, "confirm"],
    [{ kind: "promote-standby", shard: SHARD, to: "beijing-999" }, "to"],
    [{ kind: "heal-tablet", tablet: "nobody" }, "tablet"],
  ])("refuse %j and name the field", async (request, field) => {
    const { status, body } = await ask<{ field?: string }>("/v1/operations", request);
    expect([status, body.field]).toEqual([400, field]);
  });

  it("are not dropped where their shard could then lose no other", async () => {
    const name = before[1]?.tablet ?? "";
    const { status, body } = await ask<{ reasons: string[] }>("/v1/operations", {
      ...{ kind: "drop-tablet", tablet: name, confirm: name },
    });
    expect(status).toBe(409);
    expect(body.reasons.join()).toMatch(/would have 2 healthy tablets left/);
  });

  it("become more: one joins, with all rows, and serves", async () => {
    const { result } = await run({ kind: "join-tablet", dataCenter: "hongkong", shard: SHARD });
    joined = String(result?.["tablet"]);
    const found = (await listTablets()).find(({ tablet }) => tablet === joined);
    expect(found).toMatchObject({ dataCenter: "hongkong", role: "replica", state: "serving" });
    const least = await countOn(await findPrimary());
    await expect.poll(() => countOn(joined), { timeout: 10_000 }).toBeGreaterThanOrEqual(least);
  });

  it("let only one operation at a time work on a shard", async () => {
    const asked = await ask<Operation>("/v1/operations", {
      ...{ kind: "promote-standby", shard: SHARD, to: joined },
    });
    expect(asked.status).toBe(202);
    const other = await ask<{ detail: string }>("/v1/operations", {
      ...{ kind: "join-tablet", dataCenter: "beijing", shard: SHARD },
    });
    expect([202, 409]).toContain(other.status);
    if (other.status === 409) expect(other.body.detail).toMatch(/promote-standby/);
    expect((await untilEnded(asked.body.id)).state).toBe("succeeded");
    expect(await findPrimary()).toBe(joined);
  });

  it("are dropped, a primary after handing over, with process, record and storage", async () => {
    await run({ kind: "drop-tablet", tablet: joined, confirm: joined });
    expect((await listTablets()).map(({ tablet }) => tablet)).not.toContain(joined);
    expect(await findPrimary()).not.toBe(joined);
    const { tablets } = JSON.parse(await readFile(join(cluster.home, "cluster.json"), "utf8")) as {
      tablets: { name: string }[];
    };
    expect(tablets.map(({ name }) => name)).not.toContain(joined);
  });

  it("are made anew by themselves when they have a transaction that nobody else has", async () => {
    const name = (await listTablets()).find(({ role }) => role === "replica")?.tablet ?? "";
    const connection = await openMysql(name);
    await connection.query("set global super_read_only = 0");
    await connection.query("insert into user_directory (slot, uid, home) values (1, ?, 1)", [
      FIRST_UID - 1,
    ]);
    await connection.query("set global super_read_only = 1");
    await connection.end();
    const findHealing = async () =>
      (await ask<{ items: Operation[] }>("/v1/operations?kind=heal-tablet")).body.items.find(
        ({ request }) => request["tablet"] === name,
      );
    await expect.poll(findHealing, { timeout: 30_000, interval: 500 }).toBeDefined();
    const healing = await findHealing();
    expect(healing?.askedBy).toMatch(/^watch-tablets/);
    expect((await untilEnded(healing?.id ?? "")).state).toBe("succeeded");
    const found = (await listTablets()).find(({ tablet }) => tablet === name);
    expect(found).toMatchObject({ role: "replica", state: "serving" });
    const again = await openMysql(name);
    const [rows] = await again.query("select 1 from user_directory where uid = ?", [FIRST_UID - 1]);
    await again.end();
    expect(rows).toEqual([]);
  });

  it("have answered every request meanwhile, and hold every row that was written", async () => {
    await traffic.stop();
    expect(traffic.seen.errors).toEqual([]);
    expect(traffic.seen.reads).toBeGreaterThan(100);
    for (const { tablet } of await listTablets())
      await expect.poll(() => countOn(tablet), { timeout: 20_000 }).toBe(traffic.seen.writes);
  });
});
