/**
 * Each fault is made for real, by stopping, cutting or filling the component itself, on a cluster
 * with its own Prometheus and Alertmanager: the alert arrives where Alertmanager posts it, and
 * resolves once the fault is mended. Times are a thirtieth of the usual.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askStatus } from "#infra/local/cluster/control.ts";
import { tabletFolder, toPaths } from "#infra/local/cluster/layout.ts";
import { dashboardPlans, fillIn } from "#infra/monitoring/panels.ts";
import { findPrometheusParts } from "#infra/parts/parts.ts";
import { createVtctld } from "#shared/vtctld.ts";
import { createVtgate, type Vtgate } from "#shared/vtgate.ts";
import { type StartedCluster, startTestCluster } from "../integration/cluster.ts";
import { findFunction } from "../integration/functions.ts";
import {
  createTabletClient,
  type Operation,
  SHARD,
  type TabletClient,
} from "../integration/tablet-client.ts";
import { type AlertHook, openAlertHook } from "./alert-hook.ts";

const PATIENCE = { timeout: 180_000, interval: 500 };
const GIB = 1024 ** 3;
/** What this cluster and others beside it may take meanwhile. */
const SPARE_BYTES = 8 * GIB;
const FILLED = join(tmpdir(), "tagenal-filled");
const run = promisify(execFile);
const readFree = async (): Promise<number> => {
  const { bavail, bsize } = await statfs(tmpdir());
  return bavail * bsize;
};
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** How a fault is taken back. */
type Undo = () => Promise<unknown>;

describe("an alert", () => {
  let hook: AlertHook;
  let cluster: StartedCluster;
  let client: TabletClient;
  let vtgate: Vtgate;
  let prometheus = "";
  let leastFree = 0;
  beforeAll(async () => {
    hook = await openAlertHook();
    // What is built takes gigabytes, once.
    await findPrometheusParts();
    leastFree = (await readFree()) - SPARE_BYTES;
    cluster = await startTestCluster({
      monitoring: {
        TAGENAL_SCRAPE_SECONDS: "2",
        TAGENAL_ALERT_HASTE: "30",
        TAGENAL_ALERT_WEBHOOK: hook.url,
        TAGENAL_LEAST_FREE_BYTES: String(leastFree),
      },
    });
    client = createTabletClient(cluster);
    vtgate = createVtgate(cluster.vtgateUrl, { connections: 2 });
    const description = JSON.parse(await readFile(join(cluster.home, "cluster.json"), "utf8")) as {
      prometheus: { prometheus: number };
    };
    prometheus = `http://127.0.0.1:${description.prometheus.prometheus}`;
  });
  afterAll(async () => {
    await rm(FILLED, { force: true });
    await vtgate.close();
    await cluster.stop();
    hook.close();
  });

  const query = async (expr: string): Promise<unknown[]> => {
    const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { data, error } = (await response.json()) as {
      data?: { result: unknown[] };
      error?: string;
    };
    if (data === undefined) throw new Error(`${expr}: ${error}`);
    return data.result;
  };
  const count = async (expr: string): Promise<number> => (await query(expr).catch(() => [])).length;

  const pidOf = async (unit: string): Promise<number> => {
    const status = await askStatus(toPaths(cluster.home));
    const pid = status?.units.find(({ name }) => name === unit)?.pid;
    if (pid === undefined) throw new Error(`${unit} does not run`);
    return pid;
  };
  /** It lives, and answers nobody: a hung disk, a lost network, a machine out of memory. */
  const freeze = async (pid: number): Promise<Undo> => {
    process.kill(pid, "SIGSTOP");
    // The supervisor may have lost patience with it.
    return async () => isAlive(pid) && process.kill(pid, "SIGCONT");
  };
  const freezeUnit = async (unit: string): Promise<Undo> => freeze(await pidOf(unit));
  const freezeMysql = async (uid: number): Promise<Undo> => {
    const folder = tabletFolder(toPaths(cluster.home), uid);
    return freeze(Number(await readFile(join(folder, "mysql.pid"), "utf8")));
  };
  const onMysql = async (tablet: string, ...statements: string[]): Promise<void> => {
    const connection = await client.openMysql(tablet);
    for (const statement of statements) await connection.query(statement);
    await connection.end();
  };

  const send = (type: string, data: object): Promise<Response> =>
    fetch(cluster.sink, {
      method: "POST",
      headers: {
        ...{ "ce-specversion": "1.0", "ce-id": randomUUID(), "ce-source": "/test/alerts" },
        ...{ "ce-type": type, "content-type": "application/json" },
      },
      body: JSON.stringify(data),
    });

  /** Nobody promotes or mends meanwhile. */
  const withoutVtorc = async (make: () => Promise<Undo>): Promise<Undo> => {
    const wakeVtorc = await freezeUnit("vtorc");
    const undo = await make();
    return async () => {
      await undo();
      await wakeVtorc();
    };
  };

  const holdBack = async (tablet: string): Promise<Undo> => {
    const connection = await client.openMysql(tablet);
    await connection.query("flush tables with read lock");
    const traffic = client.startTraffic();
    return async () => {
      await traffic.stop();
      await connection.end();
    };
  };

  /** A row where the stream is about to write the same: it stops for good. */
  const breakStream = async (): Promise<Undo> => {
    const flags = "read_or_not, agree_or_not, comment_or_not, share_or_not";
    await vtgate.tagenal.write(
      `insert into article_read (home, reader_home, id, timestamp, uid, aid, ${flags}) ` +
        "values (1, 1, 'fault', 0, 1, 1, 1, 0, 0, 0)",
    );
    await vtgate.tagenal.write(
      "insert into user_read (home, id, timestamp, uid, aid, article_home, read_time_length, " +
        `read_sequence, comment_detail, ${flags}) values (1, 'fault', 0, 1, 1, 1, 0, 0, '', 1, 0, 0, 0)`,
    );
    return async () => {
      await vtgate.tagenal.write("delete from article_read where home = 1 and id = 'fault'");
      const { vtctldGrpc } = JSON.parse(
        await readFile(join(cluster.home, "cluster.json"), "utf8"),
      ) as { vtctldGrpc: number };
      await createVtctld(`127.0.0.1:${vtctldGrpc}`).startWorkflow("tagenal", "article_read");
      await vtgate.tagenal.write("delete from user_read where home = 1 and id = 'fault'");
    };
  };

  /** A transaction that nobody else has; it is healed by itself. */
  const goAstray = async (tablet: string): Promise<Undo> => {
    await onMysql(
      tablet,
      "set global super_read_only = 0",
      "insert into user_directory (slot, uid, home) values (1, 8888888888, 1)",
      "set global super_read_only = 1",
    );
    return async () => {};
  };

  const sendPoison = async (): Promise<Undo> => {
    await send("dev.tagenal.load.requested.v1", { operationId: "none" });
    return () => vtgate.global.write("delete from dead_letter where source = '/test/alerts'");
  };

  /** vtctld dies faster than it comes back: whoever asks for servers is told 503. */
  const failRequests = async (): Promise<Undo> => {
    let isOver = false;
    const fail = async (): Promise<void> => {
      while (!isOver) {
        await pidOf("vtctld").then(
          (pid) => process.kill(pid, "SIGKILL"),
          () => {},
        );
        for (let index = 0; index < 10; index++) await client.ask("/v1/tablets");
        await sleep(500);
      }
    };
    const failing = fail();
    return () => {
      isOver = true;
      return failing;
    };
  };

  let day = 1;
  const askForRank = async (): Promise<Operation> => {
    const date = `2018-03-${String(day++).padStart(2, "0")}`;
    const request = { kind: "rank", granularity: "daily", date };
    return (await client.ask<Operation>("/v1/operations", request)).body;
  };
  /** A function that hangs: its events wait, and so does what was asked for. */
  const freezeRanks = async (): Promise<Undo> => {
    await client.untilEnded((await askForRank()).id);
    const wake = await freeze((await findFunction(cluster, "rank-articles")) ?? 0);
    const { id } = await askForRank();
    return async () => {
      await wake();
      await client.untilEnded(id);
    };
  };

  const backUpAll = async (): Promise<Undo> => {
    const shards = ["tagenal/-80", "tagenal/80-", "global/0"];
    return () => Promise.all(shards.map((shard) => client.run({ kind: "back-up", shard })));
  };

  const faults: readonly [string, string, Record<string, string>, () => Promise<Undo>][] = [
    [
      "ServerDown",
      "a vttablet hangs",
      { tablet: "hongkong-103" },
      () => freezeUnit("hongkong-103"),
    ],
    ["ServerDown", "a MySQL hangs", { tablet: "hongkong-202" }, () => freezeMysql(202)],
    [
      "ReplicaNotReplicating",
      "replication is stopped, and vtorc hangs",
      { tablet: "beijing-102" },
      () =>
        withoutVtorc(async () => {
          await onMysql("beijing-102", "stop replica");
          return async () => {};
        }),
    ],
    [
      "ReplicaBehind",
      "a lock holds a replica back under writes",
      { tablet: "beijing-102" },
      () => holdBack("beijing-102"),
    ],
    [
      "ShardWithoutPrimary",
      "a primary hangs, and vtorc too",
      { keyspace: "tagenal", shard: "80-" },
      () => withoutVtorc(() => freezeUnit("hongkong-201")),
    ],
    [
      "ErrantTransactions",
      "somebody writes to a replica",
      { tablet: "hongkong-103" },
      () => goAstray("hongkong-103"),
    ],
    [
      "StreamInError",
      "somebody writes to a derived table",
      { workflow: "article_read" },
      breakStream,
    ],
    [
      "DiskFilling",
      "a file takes the space",
      {},
      async () => {
        await run("fallocate", ["-l", String((await readFree()) - leastFree + GIB), FILLED]);
        return () => rm(FILLED);
      },
    ],
    [
      "ComponentDown",
      "a vtgate hangs",
      { job: "vtgate", data_center: "hongkong" },
      () => freezeUnit("vtgate-hongkong"),
    ],
    [
      "ComponentDown",
      "the object store hangs",
      { unit: "object-store" },
      () => freezeUnit("object-store"),
    ],
    [
      "CacheDown",
      "a Redis hangs",
      {},
      async () => {
        const status = await askStatus(toPaths(cluster.home));
        const node = status?.units.find(({ name }) => name.startsWith("redis-"));
        return freezeUnit(node?.name ?? "");
      },
    ],
    ["ApiErrorsFast", "vtctld dies again and again", {}, failRequests],
    ["QueueStuck", "a function hangs", { trigger: "rank-articles-requested" }, freezeRanks],
    ["OperationStuck", "a function hangs", { kind: "rank" }, freezeRanks],
    [
      "MonitoringIncomplete",
      "an exporter hangs",
      { job: "node" },
      () => freezeUnit("node-exporter"),
    ],
    ["DeadLetters", "an event is not what it should be", {}, sendPoison],
    ["BackupTooOld", "nobody has made a backup yet", { keyspace: "global" }, backUpAll],
  ];

  it("comes from a Prometheus that sees every part", async () => {
    const isComplete = async () => (await count("up == 1")) > 30 && (await count("up == 0")) === 0;
    await expect.poll(isComplete, { timeout: 300_000, interval: 1_000 }).toBe(true);
  });

  it("is answered by data in every panel", async () => {
    // Some of them show what somebody does.
    for (let index = 0; index < 10; index++) {
      await client.ask("/v1/users?region=Beijing&limit=2");
      await askForRank();
      await sleep(500);
    }
    const panels = dashboardPlans
      .filter(({ needs }) => needs === undefined)
      .flatMap(({ uid, rows }) =>
        Object.values(rows)
          .flat()
          .map((panel) => ({ uid, ...panel })),
      );
    const findEmpty = async (): Promise<string[]> => {
      const counts = await Promise.all(
        panels.map(async ({ uid, title, queries }) => {
          const found = await Promise.all(queries.map(({ expr }) => query(fillIn(expr))));
          return found.every((one) => one.length > 0) ? [] : [`${uid}: ${title}`];
        }),
      );
      return counts.flat();
    };
    await expect.poll(findEmpty, PATIENCE).toEqual([]);
  });

  it("is silent while all is well, but for backups that nobody has made yet", async () => {
    const names = (await query('ALERTS{alertstate="firing"}')) as {
      metric: { alertname: string };
    }[];
    const others = names.filter(({ metric }) => metric.alertname !== "BackupTooOld");
    expect(others.map(({ metric }) => metric)).toEqual([]);
  });

  it.each(faults)(
    "%s arrives and resolves: %s",
    async (name, _, labels, make) => {
      const statuses = () => hook.find(name, labels).map(({ status }) => status);
      if (name !== "BackupTooOld") expect(statuses()).not.toContain("firing");
      const undo = await make();
      try {
        await expect.poll(statuses, PATIENCE).toContain("firing");
        const [posted] = hook.find(name, labels);
        expect(posted?.annotations["runbook"]).toContain(name.toLowerCase());
      } finally {
        await undo();
      }
      await expect.poll(statuses, PATIENCE).not.toContain("firing");
    },
    500_000,
  );

  it("finds a server that joins, and forgets one that is dropped", async () => {
    const { result } = await client.run({
      ...{ kind: "join-tablet", dataCenter: "beijing", shard: SHARD },
    });
    const name = String(result?.["tablet"]);
    const scraped = () => count(`up{tablet="${name}"} == 1`);
    await expect.poll(scraped, PATIENCE).toBe(2);
    const id = await client.begin({ kind: "drop-tablet", tablet: name, confirm: name });
    // From before it stops: in people's own time nobody is called for it.
    await client.untilPhase(id, ["stop"]);
    const targets = join(cluster.home, "prometheus", "tablets.json");
    await expect.poll(() => readFile(targets, "utf8"), PATIENCE).not.toContain(name);
    expect((await client.untilEnded(id)).state).toBe("succeeded");
    await expect.poll(scraped, PATIENCE).toBe(0);
    const statuses = () => hook.find("ServerDown", { tablet: name }).map(({ status }) => status);
    await expect.poll(statuses, PATIENCE).not.toContain("firing");
  }, 500_000);

  it("was never kept from coming by a rule that fails", async () => {
    expect(await query("prometheus_rule_evaluation_failures_total > 0")).toEqual([]);
  });
});
