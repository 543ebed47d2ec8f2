/**
 * Redis Cluster's nodes, from REDIS_NODES: each host:port, or rediss://host:port where all speak TLS.
 * A certificate is for names: the nodes have to tell of each other by those, too.
 */
import type { ClusterOptions, RedisOptions } from "ioredis";

export interface RedisNodes {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly isSecure: boolean;
}

const toNode = (address: string): URL => {
  const text = address.includes("://") ? address : `redis://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["redis:", "rediss:"].includes(url.protocol))
    throw new Error(`REDIS_NODES: ${address} is neither host:port nor rediss://host:port`);
  return url;
};

export const parseRedisNodes = (addresses: readonly string[]): RedisNodes => {
  const urls = addresses.map(toNode);
  const secure = urls.filter(({ protocol }) => protocol === "rediss:").length;
  if (secure > 0 && secure < urls.length)
    throw new Error("REDIS_NODES: either all of them with rediss:// or none");
  return {
    nodes: urls.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    isSecure: secure > 0,
  };
};

/** By default names become addresses before anything is asked, and no certificate is for those. */
export const toTlsOptions = ({
  isSecure,
}: RedisNodes): Pick<ClusterOptions, "dnsLookup"> & Pick<RedisOptions, "tls"> =>
  isSecure ? { dnsLookup: (name, found) => found(null, name), tls: {} } : {};
