/**
 * Who is trusted inside the cluster, and each server's certificate: made once, kept as Secrets of the
 * form that cert-manager gives its own. Where somebody else's authority is there (the ConfigMap `ca`
 * without our Secret `authority`), nothing is made: the certificates are theirs, too.
 */
import { z } from "zod";
import { type Certified, certify, isGood, isOurs, makeAuthority } from "./certificates.ts";
import type { Kubectl } from "./kubectl.ts";

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
const authorityName = "authority";
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

const secret = (namespace: string, name: string, stringData: object) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  type: "kubernetes.io/tls",
  stringData,
});

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
    secret(data, authorityName, { "tls.crt": certificate, "tls.key": key }),
    ...toKnown(certificate),
  ];
  const renewed: string[] = [];
  for (const server of servers) {
    const { namespace, name, names } = server;
    const before = certificates.get(keyOf(server));
    // One that somebody else has signed, such as for browsers, is theirs to renew.
    const isKept = (pem: string) => !isOurs(pem) || isGood(pem, authority, { names, now });
    if (before !== undefined && isKept(before)) continue;
    const made = await certify(authority, names, now);
    const pair = { "tls.crt": made.certificate, "tls.key": made.key };
    objects.push(secret(namespace, name, { ...pair, "ca.crt": certificate }));
    if (before !== undefined) renewed.push(keyOf(server));
  }
  return { objects, renewed };
};

const encoded = z.string().transform((value) => Buffer.from(value, "base64").toString());
const pair = z.object({ data: z.object({ "tls.crt": encoded, "tls.key": encoded }) });

const readSecret = async (
  kubectl: Kubectl,
  namespace: string,
  name: string,
): Promise<Certified | undefined> => {
  const args = ["get", "secret", name, "-n", namespace, "--ignore-not-found", "-o", "json"];
  const text = (await kubectl(args)).trim();
  if (text === "") return undefined;
  const { data: found } = pair.parse(JSON.parse(text));
  return { certificate: found["tls.crt"], key: found["tls.key"] };
};

export const readTrust = async (
  kubectl: Kubectl,
  servers: readonly CertifiedServer[],
): Promise<FoundTrust> => {
  const authority = await readSecret(kubectl, data, authorityName);
  const known = ["get", "configmap", "ca", "-n", "tagenal", "--ignore-not-found", "-o", "name"];
  const isForeign = authority === undefined && (await kubectl(known)).trim() !== "";
  const certificates = new Map<string, string>();
  for (const server of servers) {
    const found = await readSecret(kubectl, server.namespace, server.name);
    if (found !== undefined) certificates.set(keyOf(server), found.certificate);
  }
  return { isForeign, authority, certificates };
};
