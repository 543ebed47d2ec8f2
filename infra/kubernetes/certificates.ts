/** An authority of our own and the certificates that it signs: who is who inside the cluster. */
import "reflect-metadata";
import { type KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Certificate as X509CertificateOf,
} from "@peculiar/x509";

/** Both as PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

const AUTHORITY = "CN=tagenal";
const DAY_MS = 24 * 60 * 60 * 1_000;
const AUTHORITY_DAYS = 3_650;
const SERVER_DAYS = 730;
/** A certificate that ends sooner is made anew. */
const LEAST_DAYS = 90;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]) as Promise<webcrypto.CryptoKeyPair>;

const toCertified = async (
  certificate: X509CertificateOf,
  { privateKey }: webcrypto.CryptoKeyPair,
): Promise<Certified> => {
  const key = await webcrypto.subtle.exportKey("pkcs8", privateKey);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: `${PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
};

const periodOf = (days: number, now: Date) => ({
  serialNumber: randomBytes(16).toString("hex"),
  // Clocks differ.
  notBefore: new Date(now.getTime() - DAY_MS),
  notAfter: new Date(now.getTime() + days * DAY_MS),
});

export const makeAuthority = async (now = new Date()): Promise<Certified> => {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...periodOf(AUTHORITY_DAYS, now),
    name: AUTHORITY,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toCertified(certificate, keys);
};

const toExtensions = (names: readonly string[]): Extension[] => [
  new BasicConstraintsExtension(false, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  // Servers are each other's clients.
  new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
  new SubjectAlternativeNameExtension(
    names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
  ),
];

/** For one server with these names and addresses. */
export const certify = async (
  authority: Certified,
  names: readonly string[],
  now = new Date(),
): Promise<Certified> => {
  const keys = await makeKeys();
  const issuer = new X509CertificateOf(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    PemConverter.decodeFirst(authority.key),
    algorithm,
    false,
    ["sign"],
  );
  const certificate = await X509CertificateGenerator.create({
    ...periodOf(SERVER_DAYS, now),
    subject: `CN=${names[0]}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      ...toExtensions(names),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return toCertified(certificate, keys);
};

/** Whether an authority made here has signed it, this one or another. */
export const isOurs = (pem: string): boolean => new X509Certificate(pem).issuer === AUTHORITY;

const isFor = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0
    ? // An example of what a wildcard stands for.
      certificate.checkHost(name.replace("*", "any"))
    : certificate.checkIP(name)) !== undefined;

/** Whether the authority has signed it, for all these names, and for some time yet. */
export const isGood = (
  pem: string,
  authority: Pick<Certified, "certificate">,
  { names, now = new Date() }: { readonly names: readonly string[]; readonly now?: Date },
): boolean => {
  const certificate = new X509Certificate(pem);
  const key: KeyObject = new X509Certificate(authority.certificate).publicKey;
  const left = certificate.validToDate.getTime() - now.getTime();
  return (
    certificate.verify(key) &&
    left > LEAST_DAYS * DAY_MS &&
    names.every((name) => isFor(certificate, name))
  );
};
