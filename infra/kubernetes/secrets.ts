/**
 * The secrets of a database on Kubernetes: made once, kept in the Secret `tagenal` of the functions,
 * and written from there into those of the other namespaces.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Kubectl } from "./kubectl.ts";

export interface Secrets {
  readonly VTGATE_URL: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly API_TOKEN: string;
}

const vtgate = "vtgate-beijing.tagenal-vitess.svc.cluster.local:3306";
const user = "tagenal";
const make = (): string => randomBytes(24).toString("base64url");

export const makeSecrets = (): Secrets => ({
  VTGATE_URL: `mysql://${user}:${make()}@${vtgate}`,
  AWS_ACCESS_KEY_ID: make(),
  AWS_SECRET_ACCESS_KEY: make(),
  API_TOKEN: make(),
});

/** As vtgate wants it, also where the secrets were made before it did. */
export const requireTls = (secrets: Secrets): Secrets => {
  const url = new URL(secrets.VTGATE_URL);
  url.searchParams.set("ssl-mode", "VERIFY_IDENTITY");
  return { ...secrets, VTGATE_URL: url.href };
};

const encoded = z.string().transform((value) => Buffer.from(value, "base64").toString());
const found = z.object({
  data: z.object({
    VTGATE_URL: encoded,
    AWS_ACCESS_KEY_ID: encoded,
    AWS_SECRET_ACCESS_KEY: encoded,
    API_TOKEN: encoded,
  }),
});

/** What is there, so that doing it again locks nobody out. */
export const readSecrets = async (kubectl: Kubectl): Promise<Secrets | undefined> => {
  const args = ["get", "secret", "tagenal", "-n", "tagenal", "--ignore-not-found", "-o", "json"];
  const text = (await kubectl(args)).trim();
  return text === "" ? undefined : found.parse(JSON.parse(text)).data;
};

const secret = (namespace: string, name: string, stringData: object) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  type: "Opaque",
  stringData,
});

/** Each namespace gets what its pods need, and no more. */
export const toSecretObjects = (secrets: Secrets, initScript: string): readonly object[] => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = secrets;
  const { username, password } = new URL(secrets.VTGATE_URL);
  const users = { [username]: [{ UserData: username, Password: decodeURIComponent(password) }] };
  return [
    secret("tagenal", "tagenal", secrets),
    secret("tagenal-data", "object-store", { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }),
    secret("tagenal-vitess", "vitess", {
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
      "users.json": JSON.stringify(users),
      "init_db.sql": initScript,
    }),
  ];
};
