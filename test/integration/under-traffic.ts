/**
 * Does something to the servers while somebody writes and reads through the API, and compares what is
 * stored before and after: every row that was there, every write that was acknowledged, and the
 * derived tables, which follow.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Vtgate } from "#shared/vtgate.ts";
import { startApiTraffic, TRAFFIC_SINCE, type Traffic } from "./api-traffic.ts";
import type { TestCluster } from "./cluster.ts";

export interface Sums {
  readonly n: number;
  readonly agreed: number;
}

export interface Found<T> {
  readonly result: T;
  readonly seconds: number;
  readonly traffic: Traffic;
  /** Of users, articles, and reads that are not the traffic's: the same before and after. */
  readonly areRowsSame: boolean;
  /** Reads that were acknowledged and are not there. */
  readonly missing: number;
  /** article_read and be_read agree with the reads. */
  readonly isDerivedRight: boolean;
}

const CHECKSUMS = {
  user: "select count(*) as n, sum(crc32(concat_ws('#', home, uid, id, name, region, email))) as c from user",
  article:
    "select count(*) as n, sum(crc32(concat_ws('#', home, aid, id, title, category, text))) as c from article",
  reads:
    "select count(*) as n, sum(crc32(concat_ws('#', home, id, timestamp, uid, aid, article_home))) as c " +
    `from user_read where timestamp < ${TRAFFIC_SINCE}`,
} as const;

/** A stream that finds no tablet to read from, as while etcd is away, looks again after half a minute. */
const SETTLE_MS = 90_000;

export const createUnderTraffic = (
  cluster: Pick<TestCluster, "url" | "token">,
  vtgate: Pick<Vtgate, "tagenal">,
) => {
  const readSums = async (sql: string): Promise<Sums> => {
    const [row] = await vtgate.tagenal.query<{ n: string; agreed: string }>(sql);
    return { n: Number(row?.n), agreed: Number(row?.agreed) };
  };
  const readReads = (): Promise<Sums> =>
    readSums("select count(*) as n, sum(agree_or_not) as agreed from user_read");
  const readChecksums = async (): Promise<string> =>
    JSON.stringify(
      await Promise.all(Object.values(CHECKSUMS).map((sql) => vtgate.tagenal.query(sql))),
    );

  /** They follow a moment later. */
  const isDerivedRight = async (): Promise<boolean> => {
    const reads = JSON.stringify(await readReads());
    for (const until = Date.now() + SETTLE_MS; Date.now() < until; await sleep(300)) {
      const derived = [
        await readSums("select count(*) as n, sum(agree_or_not) as agreed from article_read"),
        await readSums("select sum(read_num) as n, sum(agree_num) as agreed from be_read"),
      ];
      if (derived.every((sums) => JSON.stringify(sums) === reads)) return true;
    }
    return false;
  };

  return async <T>(work: () => Promise<T>): Promise<Found<T>> => {
    const before = { reads: await readReads(), checksums: await readChecksums() };
    const running = startApiTraffic(cluster);
    const start = performance.now();
    const result = await work().finally(() => running.stop());
    const seconds = (performance.now() - start) / 1_000;
    const traffic = running.seen;
    const after = await readReads();
    return {
      ...{ result, seconds, traffic },
      areRowsSame: (await readChecksums()) === before.checksums,
      missing: before.reads.n + traffic.writes - after.n,
      isDerivedRight: await isDerivedRight(),
    };
  };
};
