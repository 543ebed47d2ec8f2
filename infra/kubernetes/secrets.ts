/**
 * The secrets of a database on Kubernetes: made once, kept in the Secret `tagenal` of the functions,
 * and written from there into those of the other namespaces.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Kubectl } from "./kubectl.ts";
import { encoded, readSecret, toSecretObject } from "./secret-objects.ts";

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

const kept = { namespace: "tagenal", name: "tagenal" };
const found = z.object({
  VTGATE_URL: encoded,
  AWS_ACCESS_KEY_ID: encoded,
  AWS_SECRET_ACCESS_KEY: encoded,
  API_TOKEN: encoded,
});

/** What is there, so that doing it again locks nobody out. */
export const readSecrets = (kubectl: Kubectl): Promise<Secrets | undefined> =>
  readSecret(kubectl, kept, found);

/** Each namespace gets what its pods need, and no more. */
export const toSecretObjects = (secrets: Secrets, initScript: string): readonly object[] => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = secrets;
  const { username, password } = new URL(secrets.VTGATE_URL);
  const users = { [username]: [{ UserData: username, Password: decodeURIComponent(password) }] };
  return [
    toSecretObject(kept, secrets),
    toSecretObject(
      { namespace: "tagenal-data", name: "object-store" },
      { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
    ),
    toSecretObject(
      { namespace: "tagenal-vitess", name: "vitess" },
      {
        AWS_ACCESS_KEY_ID,
        AWS_SECRET_ACCESS_KEY,
        "users.json": JSON.stringify(users),
        "init_db.sql": initScript,
      },
    ),
  ];
};
