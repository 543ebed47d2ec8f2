/** Operations on servers as a caller asks for them, and traffic that notices when they disturb. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mysql from "mysql2/promise";
import { Client } from "undici";
import { expect } from "vitest";
import { toPaths } from "#infra/local/cluster/layout.ts";
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
  /** Null for a primary, and where nobody knows. */
  readonly lagSeconds: number | null;
}

export interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly askedBy: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly problem: { readonly detail: string } | null;
  readonly progress?: { readonly phase?: string; readonly next?: string };
}

interface Managed {
  readonly name: string;
  readonly dataCenter: string;
  readonly isFenced: boolean;
}

const ENDED = ["succeeded", "failed", "cancelled", "undone"];

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
      if (answer?.status === 200 && ENDED.includes(answer.body.state)) return answer.body;
      await sleep(200);
    }
  };

  /** Answers its id. */
  const begin = async (request: object): Promise<string> => {
    const { status, body } = await ask<Operation>("/v1/operations", request);
    if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body.id;
  };

  /** Until it is at one of these; throws where it ends before. */
  const untilPhase = async (id: string, phases: readonly string[]): Promise<void> => {
    for (;;) {
      const answer = await ask<Operation>(`/v1/operations/${id}`).catch(() => undefined);
      const body = answer?.status === 200 ? answer.body : undefined;
      if (phases.includes(body?.progress?.phase ?? "")) return;
      if (ENDED.includes(body?.state ?? "")) throw new Error(JSON.stringify(body));
      await sleep(100);
    }
  };

  const run = async (request: object): Promise<Operation> => {
    const ended = await untilEnded(await begin(request));
    expect(ended.problem).toBeNull();
    expect(ended.state).toBe("succeeded");
    return ended;
  };

  /** The supervisor's own port for servers, past every operation. */
  const askSupervisor = async (method: "GET" | "POST", path: string): Promise<unknown> => {
    const client = new Client("http://supervisor", {
      socketPath: toPaths(cluster.home).tabletsSocket,
      headersTimeout: 60_000,
    });
    const answer = await client.request({ method, path, ...(method === "POST" && { body: "{}" }) });
    return answer.body.json().finally(() => client.close());
  };
  const listManaged = async (): Promise<Managed[]> =>
    (await askSupervisor("GET", "/tablets")) as Managed[];
  /** Ends a server at once, and keeps it from running. */
  const fence = (name: string) => askSupervisor("POST", `/tablets/${name}/fence`);
  /** Lets it run again, with the data that it had. */
  const release = (name: string) => askSupervisor("POST", `/tablets/${name}/release`);

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
    const seen = {
      ...{ reads: 0, writes: 0, errors: [] as string[] },
      ...{ longestWriteMs: 0, longestReadMs: 0 },
    };
    let isOver = false;
    const repeat = async (
      longest: "longestWriteMs" | "longestReadMs",
      work: () => Promise<void>,
    ): Promise<void> => {
      while (!isOver) {
        const start = performance.now();
        await work().catch((error: Error) => seen.errors.push(error.message));
        seen[longest] = Math.max(seen[longest], performance.now() - start);
        await sleep(5);
      }
    };
    const reader = repeat("longestReadMs", async () => {
      const response = await fetch(`${cluster.url}/v1/users?region=Beijing&limit=2`, {
        headers: { "cache-control": "no-cache" },
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`a read answered ${response.status}`);
      seen.reads += 1;
    });
    const writer = repeat("longestWriteMs", async () => {
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

  return {
    ...{ listManaged, fence, release },
    ...{
      ask,
      begin,
      run,
      untilEnded,
      untilPhase,
      listTablets,
      findPrimary,
      openMysql,
      countOn,
      startTraffic,
    },
  };
};

export type TabletClient = ReturnType<typeof createTabletClient>;
