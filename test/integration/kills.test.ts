/** One kill of each kind in the middle of a load: it ends by itself, complete and without doubles. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { ClusterStatus } from "#infra/local/cluster/control.ts";
import { askStatus } from "#infra/local/cluster/control.ts";
import { toPaths } from "#infra/local/cluster/layout.ts";
import { generateSample } from "#infra/sample/generate-sample.ts";
import { findFunction } from "./functions.ts";

const cluster = inject("cluster");
const cli = join(import.meta.dirname, "../../infra/cli/main.ts");
const counts = { users: 1_000, articles: 1_000, reads: 40_000 };

type Line = Record<string, string>;

const readLines = async (file: string): Promise<Line[]> => {
  const text = await readFile(file, "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
};

/** The sample under other keys, so that each kill has rows of its own. */
const shift = (line: Line, offset: number): Line => {
  const shifted = { ...line, id: `${line["id"]}-${offset}` };
  for (const key of ["uid", "aid"])
    if (line[key] !== undefined)
      Object.assign(shifted, { [key]: String(Number(line[key]) + offset) });
  return shifted;
};

const startLoad = (
  dir: string,
): { child: ChildProcess; ended: Promise<[number | null, string]> } => {
  const env = {
    ...process.env,
    TAGENAL_URL: cluster.url,
    TAGENAL_TOKEN: cluster.token,
    TAGENAL_HOME: cluster.home,
  };
  const child = spawn(process.execPath, [cli, "load", dir], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const ended = new Promise<[number | null, string]>((resolve) =>
    child.once("exit", (code) => resolve([code, output])),
  );
  return { child, ended };
};

const findUnit = async (name: string): Promise<number> => {
  const status = (await askStatus(toPaths(cluster.home))) as ClusterStatus;
  const pid = status.units.find((unit) => unit.name === name)?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
};

const findRunning = async (name: string): Promise<number> => {
  const pid = await findFunction(cluster, name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
};

describe("a load", () => {
  let sql: mysql.Connection;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tagenal-kills-"));
    await generateSample({ ...counts, seed: 7, dir: join(folder, "sample"), media: "none" });
    sql = await mysql.createConnection({
      uri: cluster.vtgateUrl,
      bigNumberStrings: true,
      supportBigNumbers: true,
    });
    await sql.query("use `tagenal`");
  });

  afterAll(async () => {
    sql.destroy();
    await rm(folder, { recursive: true });
  });

  const ask = async <T>(query: string, values: readonly unknown[] = []): Promise<T> => {
    const [rows] = await sql.query(query, [...values]);
    return (rows as T[])[0] as T;
  };

  const makeInput = async (offset: number): Promise<string> => {
    const dir = await mkdtemp(join(folder, "input-"));
    for (const file of await readdir(join(folder, "sample"))) {
      if (!file.endsWith(".dat")) continue;
      const lines = await readLines(join(folder, "sample", file));
      const text = lines.map((line) => JSON.stringify(shift(line, offset))).join("\n");
      await writeFile(join(dir, file), `${text}\n`);
    }
    return dir;
  };

  /** Some rows are in, and some are not. */
  const untilHalfWay = async (offset: number): Promise<void> => {
    for (let left = 600; left > 0; left--) {
      const { n } = await ask<{ n: string }>(
        "select count(*) as n from user_read where uid > ? and uid <= ?",
        [offset, offset + counts.users],
      );
      if (Number(n) > 0) return;
      await sleep(50);
    }
    throw new Error("The load wrote nothing within 30 s");
  };

  const findPrimary = async (shard: string): Promise<number> => {
    const [rows] = await sql.query("show vitess_tablets");
    const tablets = rows as { Shard: string; TabletType: string; Alias: string }[];
    const primary = tablets.find((one) => one.Shard === shard && one.TabletType === "PRIMARY");
    const uid = primary?.Alias.split("-")[1];
    return Number(await readFile(join(cluster.home, "vt", `vt_${uid}`, "mysql.pid"), "utf8"));
  };

  const kills: readonly { name: string; find: () => Promise<number> }[] = [
    { name: "the loading function", find: () => findRunning("load-chunk") },
    { name: "the broker with its queue", find: () => findUnit("broker") },
    { name: "a Redis primary", find: async () => findUnit(`redis-${await firstRedis()}`) },
    { name: "the entry with all functions", find: () => findUnit("entry") },
    { name: "vtgate", find: () => findUnit("vtgate-beijing") },
    { name: "a primary's MySQL", find: () => findPrimary("-80") },
  ];

  const firstRedis = async (): Promise<number> => {
    const file = await readFile(join(cluster.home, "cluster.json"), "utf8");
    return (JSON.parse(file) as { redis: number[] }).redis[0] ?? 0;
  };

  const reconnect = async (): Promise<void> => {
    sql.destroy();
    for (let left = 100; ; left--) {
      try {
        sql = await mysql.createConnection({
          uri: cluster.vtgateUrl,
          bigNumberStrings: true,
          supportBigNumbers: true,
        });
        await sql.query("use `tagenal`");
        return;
      } catch (error) {
        if (left === 0) throw error;
        await sleep(200);
      }
    }
  };

  it.each(kills.map((kill, index) => ({ ...kill, offset: (index + 1) * 1_000_000 })))(
    "survives kill -9 of $name",
    async ({ find, offset }) => {
      const dir = await makeInput(offset);
      const { ended } = startLoad(dir);
      await untilHalfWay(offset);
      process.kill(await find(), "SIGKILL");

      const [code, output] = await ended;
      await reconnect();

      expect(output).not.toContain("rejected by");
      expect({ code, output }).toMatchObject({ code: 0 });
      const lines = await readLines(join(dir, "read.dat"));
      const total = (field: string): number =>
        lines.reduce((sum, line) => sum + Number(line[field]), 0);
      const range = [offset, offset + counts.users];
      const stored = await ask<Record<string, string>>(
        "select count(*) as n, sum(uid) as uids, sum(aid) as aids, sum(read_time_length) as lengths, " +
          "sum(agree_or_not) as agrees from user_read where uid > ? and uid <= ?",
        range,
      );
      expect(Object.values(stored).map(Number)).toEqual([
        lines.length,
        total("uid"),
        total("aid"),
        total("readTimeLength"),
        total("agreeOrNot"),
      ]);
      const sums = await ask<Record<string, string>>(
        "select sum(read_num) as readings, sum(agree_num) as agrees from be_read where aid > ? and aid <= ?",
        [offset, offset + counts.articles],
      );
      expect(Object.values(sums).map(Number)).toEqual([lines.length, total("agreeOrNot")]);
      const keys = await ask<{ n: string }>(
        "select count(*) as n from user_directory where uid > ? and uid <= ?",
        range,
      );
      expect(Number(keys.n)).toBe(counts.users);
    },
    300_000,
  );
});
