/**
 * Frees what a Vitess program that has ended had locked in the topology. Its locks outlive it: ten
 * seconds on a shard, 54 on a keyspace whose writes it had stopped, and a day on the workflow that it
 * was switching. Called before its successor starts, when nothing of it is left that could go on.
 */
import { Buffer } from "node:buffer";

export type Program = "vtctld" | "vtorc";

/** As etcd answers: both in base64, the lease as a decimal number. */
interface Entry {
  readonly key: string;
  readonly value: string;
  readonly lease?: string;
}

const ROOT = "/vitess/global/";
const LOCK = /\/locks\/[^/]+$/;
/** Actions of vttablet and vtgate, which lock for moments only. */
const OF_OTHERS = /^(CreateShard|Setting sidecar database name|UpdateThrottlerConfig)/;
const OF_VTORC = /^VTOrc /;

const decode = (text: string): string => Buffer.from(text, "base64").toString();
const encode = (text: string): string => Buffer.from(text).toString("base64");

const toHolder = (action: string): Program | undefined => {
  if (OF_VTORC.test(action)) return "vtorc";
  return OF_OTHERS.test(action) ? undefined : "vtctld";
};

const isHeldBy = (program: Program, { key, value }: Entry): boolean => {
  if (!LOCK.test(decode(key))) return false;
  const { Action: action } = JSON.parse(decode(value)) as { readonly Action?: string };
  return action !== undefined && toHolder(action) === program;
};

/** Leases whose end frees what the program had locked, or was in line to lock. Pure. */
export const leasesOf = (program: Program, entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) =>
    entry.lease !== undefined && isHeldBy(program, entry) ? [entry.lease] : [],
  );

const TIMEOUT_MS = 5_000;

export const freeLocks = async (etcdPort: number, program: Program): Promise<void> => {
  const ask = async <T>(path: string, body: object): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${etcdPort}/v3/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`etcd answered ${response.status} to ${path}`);
    return (await response.json()) as T;
  };
  // "0" follows "/": all that begins with the root.
  const range = { key: encode(ROOT), range_end: encode(ROOT.replace(/\/$/, "0")) };
  const { kvs = [] } = await ask<{ kvs?: Entry[] }>("kv/range", range);
  for (const ID of leasesOf(program, kvs)) await ask("lease/revoke", { ID });
};
