/**
 * Who is trusted inside the cluster, and each server's certificate: made once, kept as Secrets of the
 * form that cert-manager gives its own. Where somebody else's authority is there (the ConfigMap `ca`
 * without our Secret `authority`), nothing is made: the certificates are theirs, too.
 */
import { z } from "zod";
import { type Certified, certify, isGood, isOurs, makeAuthority } from "./certificates.ts";
import type { Kubectl } from "./kubectl.ts";
import { encoded, readSecret, toSecretObject } from "./secret-objects.ts";

export interface CertifiedServer {
  readonly namespace: string;
  /** Of its Secret. */
  readonly name: string;
  /** By which it is asked for. */
  readonly names: readonly string[];
}

/** What lies on the cluster already, by namespace/name. */
export interface FoundTrust {
  readonly isForeign: boolean;
  readonly authority: Certified | undefined;
  readonly certificates: ReadonlyMap<string, string>;
}

export interface Trust {
  readonly objects: readonly object[];
  /** Secrets whose certificate is another one now: whoever has read the old one does so once more. */
  readonly renewed: readonly string[];
}

const vitess = "tagenal-vitess";
const data = "tagenal-data";
const ownAuthority = { namespace: data, name: "authority" };
const domain = "svc.cluster.local";

const inVitess = (service: string): string => `${service}.${vitess}.${domain}`;

/** `objectStore`: the host under which callers and functions reach the object store. */
export const listServers = (objectStore: string): readonly CertifiedServer[] => [
  {
    namespace: vitess,
    name: "vitess-tls",
    // Tablets are asked for at their addresses, which change, under this one name.
    names: ["vttablet", ...["vtgate-beijing", "vtgate-hongkong", "vtctld"].map(inVitess)],
  },
  { namespace: data, name: "redis-tls", names: [`*.redis.${data}.${domain}`] },
  {
    namespace: data,
    name: "object-store-tls",
    names: [...new Set([`object-store.${data}.${domain}`, objectStore])],
  },
];

const TLS = "kubernetes.io/tls";

/** Functions have it in their namespace, and the Job that prepares the database in its own. */
const toKnown = (certificate: string): readonly object[] =>
  ["tagenal", data].map((namespace) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "ca", namespace },
    data: { "ca.crt": certificate },
  }));

const keyOf = ({ namespace, name }: CertifiedServer): string => `${namespace}/${name}`;

/** Pure but for chance: the objects that are missing or have to be others. */
export const planTrust = async (
  servers: readonly CertifiedServer[],
  { isForeign, authority: known, certificates }: FoundTrust,
  now = new Date(),
): Promise<Trust> => {
  if (isForeign) return { objects: [], renewed: [] };
  const authority = known ?? (await makeAuthority(now));
  const { certificate, key } = authority;
  const objects: object[] = [
    toSecretObject(ownAuthority, { "tls.crt": certificate, "tls.key": key }, TLS),
    ...toKnown(certificate),
  ];
  const renewed: string[] = [];
  for (const server of servers) {
    const { names } = server;
    const before = certificates.get(keyOf(server));
    // One that somebody else has signed, such as for browsers, is theirs to renew.
    const isKept = (pem: string) => !isOurs(pem) || isGood(pem, authority, { names, now });
    if (before !== undefined && isKept(before)) continue;
    const made = await certify(authority, names, now);
    const files = { "tls.crt": made.certificate, "tls.key": made.key, "ca.crt": certificate };
    objects.push(toSecretObject(server, files, TLS));
    if (before !== undefined) renewed.push(keyOf(server));
  }
  return { objects, renewed };
};

const certified = z
  .object({ "tls.crt": encoded, "tls.key": encoded })
  .transform((found): Certified => ({ certificate: found["tls.crt"], key: found["tls.key"] }));

export const readTrust = async (
  kubectl: Kubectl,
  servers: readonly CertifiedServer[],
): Promise<FoundTrust> => {
  const authority = await readSecret(kubectl, ownAuthority, certified);
  const known = ["get", "configmap", "ca", "-n", "tagenal", "--ignore-not-found", "-o", "name"];
  const isForeign = authority === undefined && (await kubectl(known)).trim() !== "";
  const certificates = new Map<string, string>();
  for (const server of servers) {
    const found = await readSecret(kubectl, server, certified);
    if (found !== undefined) certificates.set(keyOf(server), found.certificate);
  }
  return { isForeign, authority, certificates };
};
