/** Starting and stopping, at every awkward moment: what is left is a working system or nothing. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterStatus } from "#infra/local/cluster/control.ts";
import { isGroupAlive } from "#infra/local/cluster/processes.ts";

const cli = join(import.meta.dirname, "../../infra/cli/main.ts");
const homes: string[] = [];

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A cluster's home with its own port, and the command line on it. */
const makeHome = async (port: number) => {
  const home = join(await mkdtemp(join(tmpdir(), "tagenal-life-")), "home");
  homes.push(home);
  const env = { ...process.env, TAGENAL_HOME: home, TAGENAL_PORT: String(port) };
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [cli, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const finish = async (child: ChildProcess): Promise<Ended> => {
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    return new Promise((resolve) => child.once("exit", (code) => resolve({ code, output })));
  };
  const call = (...args: string[]): Promise<Ended> => finish(start(...args));
  const status = async (): Promise<ClusterStatus | null> =>
    JSON.parse((await call("status", "--json")).output) as ClusterStatus | null;
  return { home, start, finish, call, status };
};
type Home = Awaited<ReturnType<typeof makeHome>>;

const pids = (status: ClusterStatus | null): readonly number[] =>
  (status?.units ?? []).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));

const survivors = async (groups: readonly number[]): Promise<readonly number[]> => {
  const alive = await Promise.all(groups.map(isGroupAlive));
  return groups.filter((_, index) => alive[index]);
};

const expectGone = async (groups: readonly number[], seconds = 90): Promise<void> => {
  expect(groups.length).toBeGreaterThan(0);
  for (let left = seconds; left > 0 && (await survivors(groups)).length > 0; left--)
    await sleep(1_000);
  expect(await survivors(groups)).toEqual([]);
};

interface Described {
  readonly vtgateUrl: string;
  readonly basePort: number;
  readonly vtorc: number;
}
const describeHome = async ({ home }: Home): Promise<Described> =>
  JSON.parse(await readFile(join(home, "cluster.json"), "utf8")) as Described;

const withSql = async <T>(home: Home, work: (sql: mysql.Connection) => Promise<T>): Promise<T> => {
  const connection = await mysql.createConnection((await describeHome(home)).vtgateUrl);
  try {
    await connection.query("use `tagenal`");
    return await work(connection);
  } finally {
    connection.destroy();
  }
};

/** A row in each shard. */
const slots = ["1", "18446744073709551000"];
const mark = (home: Home): Promise<void> =>
  withSql(home, async (sql) => {
    for (const slot of slots)
      await sql.query("insert into user_directory (slot, uid, home) values (?, 7, 7)", [slot]);
  });
const countMarks = (home: Home): Promise<number> =>
  withSql(home, async (sql) => {
    const [rows] = await sql.query("select count(*) as n from user_directory where uid = 7");
    return Number((rows as { n: number }[])[0]?.n);
  });

const occupy = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });

describe("a local cluster", () => {
  let one: Home;

  beforeAll(async () => {
    one = await makeHome(18_080);
    const up = await one.call("up", "--detach", "--empty");
    expect(up.output).toContain("Tagenal serves at http://127.0.0.1:18080");
    expect(up.code).toBe(0);
    await mark(one);
  });

  afterAll(async () => {
    for (const home of homes) {
      const env = { ...process.env, TAGENAL_HOME: home };
      const child = spawn(process.execPath, [cli, "down", "--purge"], { env, stdio: "ignore" });
      await new Promise((resolve) => child.once("exit", resolve));
      await rm(join(home, ".."), { recursive: true, force: true });
    }
  });

  it("says that it already serves when it is started again", async () => {
    const again = await one.call("up", "--detach", "--empty");
    expect(again).toMatchObject({ code: 0 });
    expect(again.output).toContain("Already serving at http://127.0.0.1:18080");
  });

  it("keeps out of the way of a second one, and either stops alone", async () => {
    const two = await makeHome(18_081);
    expect(await two.call("up", "--detach", "--empty")).toMatchObject({ code: 0 });
    expect(await countMarks(two)).toBe(0);
    const groups = pids(await two.status());
    expect(await two.call("down", "--purge")).toMatchObject({ code: 0 });
    await expectGone(groups);
    expect(existsSync(two.home)).toBe(false);
    expect(await one.status()).toMatchObject({ phase: "serving" });
    expect(await countMarks(one)).toBe(2);
  });

  it("names a taken entry port and the remedy", async () => {
    const three = await makeHome(18_080);
    const up = await three.call("up", "--detach", "--empty");
    expect(up.code).toBe(1);
    expect(up.output).toContain("Port 18080 is taken");
    expect(up.output).toContain("TAGENAL_PORT=18081");
  });

  it("starts a killed server again", async () => {
    const before = await one.status();
    const victims = [
      "vtgate-beijing",
      "entry",
      "broker",
      "vtorc",
      "beijing-102",
      "beijing-302/mysql",
    ];
    for (const unit of before?.units ?? [])
      if (victims.includes(unit.name) && unit.pid) process.kill(unit.pid, "SIGKILL");
    const isMended = async (): Promise<boolean> => {
      const units = (await one.status())?.units ?? [];
      return victims.every((name) =>
        units.some((unit) => unit.name === name && unit.state === "running" && unit.restarts > 0),
      );
    };
    for (let left = 60; left > 0 && !(await isMended()); left--) await sleep(1_000);
    expect(await isMended()).toBe(true);
    expect(await countMarks(one)).toBe(2);
  });

  it("leaves no process when its supervisor is killed, and continues with its data", async () => {
    const status = await one.status();
    process.kill(status?.pid ?? 0, "SIGKILL");
    expect(await one.call("up", "--detach", "--empty")).toMatchObject({ code: 0 });
    await expectGone(pids(status), 1);
    expect(await countMarks(one)).toBe(2);
  });

  it("moves to other ports when one of its own was taken meanwhile", async () => {
    const groups = pids(await one.status());
    await one.call("down");
    await expectGone(groups, 1);
    const before = await describeHome(one);
    const squatter = await occupy(before.vtorc);
    try {
      expect(await one.call("up", "--detach", "--empty")).toMatchObject({ code: 0 });
    } finally {
      squatter.close();
    }
    expect((await describeHome(one)).basePort).not.toBe(before.basePort);
    expect(await countMarks(one)).toBe(2);
  });

  it.each([{ seconds: 1 }, { seconds: 5 }, { seconds: 9 }])(
    "stops in order on Ctrl-C $seconds s into a first start, and starts afterwards",
    async ({ seconds }) => {
      const four = await makeHome(18_082);
      const child = four.start("up", "--empty");
      const ended = four.finish(child);
      await sleep(seconds * 1_000);
      const groups = pids(await four.status());
      child.kill("SIGINT");
      expect((await ended).output).toContain("Stopped; the data stays");
      if (groups.length > 0) await expectGone(groups, 1);
      expect(await four.call("up", "--detach", "--empty")).toMatchObject({ code: 0 });
      expect(await four.call("down", "--purge")).toMatchObject({ code: 0 });
    },
  );

  it("stops when the foreground `up` is killed without a word", async () => {
    const five = await makeHome(18_083);
    const child = five.start("up", "--empty");
    const ended = five.finish(child);
    for (let left = 120; left > 0; left--) {
      if ((await five.status())?.phase === "serving") break;
      await sleep(1_000);
    }
    const groups = pids(await five.status());
    child.kill("SIGKILL");
    await ended;
    await expectGone(groups);
    expect(await five.status()).toBe(null);
  });
});
