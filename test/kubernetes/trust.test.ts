/** The certificates that a deployment makes, and what is done with them when it is given again. */
import { X509Certificate } from "node:crypto";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certified, certify, isGood, makeAuthority } from "#infra/kubernetes/certificates.ts";
import { type FoundTrust, listServers, planTrust } from "#infra/kubernetes/trust.ts";
import { createVtctld } from "#shared/vtctld.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

describe("a certificate", () => {
  let authority: Certified;
  beforeAll(async () => {
    authority = await makeAuthority();
  });

  it("is for its names and addresses, and by its authority", async () => {
    const names = ["vttablet", "*.redis.svc", "10.0.0.1"];
    const { certificate } = await certify(authority, names);
    expect(isGood(certificate, authority, { names })).toBe(true);
    expect(isGood(certificate, authority, { names: ["vtgate"] })).toBe(false);
    expect(isGood(certificate, authority, { names: ["10.0.0.2"] })).toBe(false);
    expect(isGood(certificate, await makeAuthority(), { names })).toBe(false);
    const found = new X509Certificate(certificate);
    expect(found.ca).toBe(false);
    expect(found.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
  });

  it("is no longer good when it ends soon", async () => {
    const { certificate } = await certify(authority, ["a"]);
    const later = new Date(Date.now() + 1.9 * YEAR_MS);
    expect(isGood(certificate, authority, { names: ["a"], now: later })).toBe(false);
  });
});

interface MadeSecret {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

describe("the trust of a cluster", () => {
  const servers = listServers("10.96.70.70");
  const none: FoundTrust = { isForeign: false, authority: undefined, certificates: new Map() };
  const plan = async (found: FoundTrust, now?: Date) => {
    const { objects, renewed } = await planTrust(servers, found, now);
    return { objects: objects as readonly MadeSecret[], renewed };
  };
  const nameOf = ({ kind, metadata }: MadeSecret) =>
    `${kind} ${metadata.namespace}/${metadata.name}`;
  const authorityAlone = [
    "Secret tagenal-data/authority",
    "ConfigMap tagenal/ca",
    "ConfigMap tagenal-data/ca",
  ];
  const toFound = (objects: readonly MadeSecret[]): FoundTrust => {
    const [first] = objects;
    const authority = {
      certificate: first?.stringData?.["tls.crt"] ?? "",
      key: first?.stringData?.["tls.key"] ?? "",
    };
    const certificates = objects.slice(authorityAlone.length).map(({ metadata, stringData }) => {
      const key = `${metadata.namespace}/${metadata.name}`;
      return [key, stringData?.["tls.crt"] ?? ""] as const;
    });
    return { isForeign: false, authority, certificates: new Map(certificates) };
  };

  it("begins with an authority, whose key only its own Secret has, and each server's", async () => {
    const { objects, renewed } = await plan(none);
    expect(objects.map(nameOf)).toEqual([
      ...authorityAlone,
      "Secret tagenal-vitess/vitess-tls",
      "Secret tagenal-data/redis-tls",
      "Secret tagenal-data/object-store-tls",
    ]);
    expect(renewed).toEqual([]);
    const { authority } = toFound(objects);
    const holders = objects.filter((one) => JSON.stringify(one).includes("PRIVATE KEY"));
    expect(holders.every(({ kind }) => kind === "Secret")).toBe(true);
    const keys = objects.slice(1).map(({ stringData }) => stringData?.["tls.key"]);
    expect(keys).not.toContain(authority?.key);
    for (const { stringData, data } of objects.slice(1))
      expect(stringData?.["ca.crt"] ?? data?.["ca.crt"]).toBe(authority?.certificate);
  });

  it("stays as it is when it is asked for again", async () => {
    const found = toFound((await plan(none)).objects);
    const { objects, renewed } = await plan(found);
    expect(objects.map(nameOf)).toEqual(authorityAlone);
    expect(toFound(objects).authority).toEqual(found.authority);
    expect(renewed).toEqual([]);
  });

  it("gets new certificates under the same authority before the old ones end", async () => {
    const found = toFound((await plan(none)).objects);
    const { objects, renewed } = await plan(found, new Date(Date.now() + 1.9 * YEAR_MS));
    expect(renewed).toEqual(servers.map(({ namespace, name }) => `${namespace}/${name}`));
    expect(toFound(objects).authority).toEqual(found.authority);
  });

  it("leaves alone a certificate that somebody else has signed", async () => {
    const { certificates, ...found } = toFound((await plan(none)).objects);
    const foreign = await import("@peculiar/x509").then(async ({ X509CertificateGenerator }) => {
      const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
      const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const made = await X509CertificateGenerator.createSelfSigned({
        name: "CN=store.example",
        notAfter: new Date(Date.now() + YEAR_MS),
        signingAlgorithm: algorithm,
        keys,
      });
      return made.toString("pem");
    });
    const mixed = new Map(certificates).set("tagenal-data/object-store-tls", foreign);
    const { objects } = await plan({ ...found, certificates: mixed });
    expect(objects.map(nameOf)).toEqual(authorityAlone);
  });

  it("is left to whoever has an authority of their own there", async () => {
    expect(await plan({ ...none, isForeign: true })).toEqual({ objects: [], renewed: [] });
  });
});

describe("vtctld with TLS", () => {
  const server = new Server();
  let port = 0;
  beforeAll(async () => {
    const authority = await makeAuthority();
    const { certificate, key } = await certify(authority, ["localhost"]);
    const service = {
      GetTablets: {
        path: "/vtctlservice.Vtctld/GetTablets",
        requestStream: false,
        responseStream: false,
        requestSerialize: (value: Buffer) => value,
        requestDeserialize: (value: Buffer) => value,
        responseSerialize: (value: Buffer) => value,
        responseDeserialize: (value: Buffer) => value,
      },
    };
    const answers: UntypedServiceImplementation = {
      // An empty message: no tablets.
      GetTablets: (_call: unknown, answer: (error: null, value: Buffer) => void) =>
        answer(null, Buffer.alloc(0)),
    };
    server.addService(service, answers);
    const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
    const credentials = ServerCredentials.createSsl(null, [pair]);
    port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    // As NODE_EXTRA_CA_CERTS does it for a process from its start.
    setDefaultCACertificates([...getCACertificates("default"), authority.certificate]);
  });
  afterAll(() => server.forceShutdown());

  it("answers whoever knows its authority", async () => {
    expect(await createVtctld(`https://localhost:${port}`).tablets()).toEqual([]);
  });

  it("is not asked under a name that its certificate is not for", async () => {
    const asked = createVtctld(`https://127.0.0.1:${port}`).tablets();
    await expect(asked).rejects.toThrow("vtctld did not do GetTablets");
  });

  it("does not answer without TLS", async () => {
    const asked = createVtctld(`localhost:${port}`).tablets();
    await expect(asked).rejects.toThrow("vtctld did not do GetTablets");
  });
});
