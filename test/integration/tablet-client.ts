/** Operations on servers as a caller asks for them, and traffic that notices when they disturb. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mysql from "mysql2/promise";
import { expect } from "vitest";
import { createVtgate } from "#shared/vtgate.ts";
import type { TestCluster } from "./cluster.ts";

export const SHARD = "tagenal/-80";
/** Directory entries that nobody else has; their slots belong to the first shard. */
export const FIRST_UID = 8_000_000_000;

export interface Tablet {
  readonly tablet: string;
  readonly dataCenter: string;
  readonly shard: string;
  readonly role: string;
  readonly state: string;
}

export interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly askedBy: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly problem: { readonly detail: string } | null;
}

export const createTabletClient = (cluster: TestCluster) => {
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
      // Who was killed on the way may be the entry itself.
      const answer = await ask<Operation>(`/v1/operations/${id}`).catch(() => undefined);
      const ended = ["succeeded", "failed", "cancelled"];
      if (answer?.status === 200 && ended.includes(answer.body.state)) return answer.body;
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

  /** Rows of the traffic on one server, asked for directly. */
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
      const response = await fetch(`${cluster.url}/v1/users?region=Beijing&limit=2`, {
        headers: { "cache-control": "no-cache" },
      });
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

  return { ask, run, untilEnded, listTablets, findPrimary, openMysql, countOn, startTraffic };
};

export type TabletClient = ReturnType<typeof createTabletClient>;
