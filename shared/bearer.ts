/**
 * Who may change something: whoever brings the cluster's own token, or a JWT of an issuer that the
 * cluster trusts, or one that the token itself has signed (see reader-token.ts).
 *
 * 1. A JWT is signed by one of the issuer's keys, with an asymmetric algorithm, for this audience,
 *    and has neither ended nor begun in the future. Its `scope` has to name what it is used for.
 *    One of the scope `reader` is for the user whom its `uid` names, and for nobody else.
 * 2. The keys are a JWKS: behind an http(s) address, fetched again where a key is unknown; or in a
 *    file (file: address), read again likewise. Where they cannot be had, nobody is refused for it:
 *    that is 503.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { isProblem, Problem } from "./problem.ts";
import { isOwn, verifyOwn } from "./reader-token.ts";

/**
 * `reader`: one user's own reads, with what she agrees with, comments and shares. `write`: rows of
 * anybody, and media. `operate`: the cluster itself, and loads.
 */
export type Scope = "reader" | "write" | "operate";

export interface Caller {
  /** As operations keep it: `token`, or the subject of a JWT. */
  readonly name: string;
  /** What lets it in: who may write for anybody may do so for a reader, too. */
  readonly scope: Scope;
  /** Of a reader: the only user for whom it may write. */
  readonly uid?: number;
}

export type CheckBearer = (authorization: string | undefined, scope: Scope) => Promise<Caller>;

export interface Issuer {
  /** The address of its keys: http, https or file. */
  readonly keys: string;
  /** What a JWT has to have as `iss` and `aud`. */
  readonly issuer: string;
  readonly audience: string;
}

/** Of an issuer not those with a shared secret: whoever could check could also sign. */
const ALGORITHMS = [
  "EdDSA",
  "Ed25519",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "RS256",
  "RS384",
];
const CLOCKS_DIFFER_SECONDS = 5;
const LONGEST_SUBJECT = 100;
const PAUSE_MS = 10_000;

const digest = (value: string): Buffer => createHash("sha256").update(value).digest();

/** Compares digests: their equal length lets the comparison take the same time for any guess. */
const isSame = (given: string, token: string): boolean =>
  timingSafeEqual(digest(given), digest(token));

const refuse = (detail: string, error = ""): Problem =>
  new Problem("unauthorized", detail, {
    headers: { "www-authenticate": `Bearer${error === "" ? "" : ` error="${error}"`}` },
  });

const readKeys = async (file: URL): Promise<JWTVerifyGetKey> =>
  createLocalJWKSet(JSON.parse(await readFile(file, "utf8")) as JSONWebKeySet);

/** The keys of a file; an unknown key has it read again, but not all the time. */
const createFileKeys = (file: URL): JWTVerifyGetKey => {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  const read = (): Promise<JWTVerifyGetKey> => {
    readAt = performance.now();
    const reading = readKeys(file);
    keys = reading;
    reading.catch(() => {
      if (keys === reading) keys = undefined;
    });
    return reading;
  };
  return async (header, token) => {
    const known = await (keys ?? read());
    try {
      return await known(header, token);
    } catch (error) {
      const isNew = error instanceof errors.JWKSNoMatchingKey;
      if (!isNew || performance.now() < readAt + PAUSE_MS) throw error;
      return (await read())(header, token);
    }
  };
};

const findKeys = (address: string): JWTVerifyGetKey => {
  const url = new URL(address);
  if (url.protocol === "file:") return createFileKeys(url);
  return createRemoteJWKSet(url, { timeoutDuration: 3_000, cooldownDuration: PAUSE_MS });
};

/** What is wrong with the JWT itself; anything else is ours or the issuer's. */
const isFault = (error: unknown): error is errors.JOSEError =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  !(error instanceof errors.JWKSInvalid) &&
  error.code !== "ERR_JOSE_GENERIC";

const toReason = (error: errors.JOSEError): string => {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} does not fit`;
  if (error instanceof errors.JWKSNoMatchingKey) return "it is signed by a key that is not known";
  return "it is not well-formed, or its signature does not fit";
};

const scopesOf = ({ scope }: JWTPayload): string[] =>
  typeof scope === "string" ? scope.split(" ") : [];

/** Who may write for anybody may write for one. */
const enough: Readonly<Record<Scope, readonly Scope[]>> = {
  reader: ["write", "reader"],
  write: ["write"],
  operate: ["operate"],
};

const toCaller = (payload: JWTPayload, wanted: Scope): Caller => {
  const name = String(payload.sub).slice(0, LONGEST_SUBJECT);
  const given = scopesOf(payload);
  const scope = enough[wanted].find((one) => given.includes(one));
  if (scope === undefined)
    throw new Problem("forbidden", `the token's scope does not have ${wanted}`, {
      headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="${wanted}"` },
    });
  if (scope !== "reader") return { name, scope };
  const uid = payload["uid"];
  if (typeof uid === "number" && Number.isSafeInteger(uid) && uid >= 0) return { name, scope, uid };
  throw refuse("the token is refused: its uid is not that of a user", "invalid_token");
};

export const createCheckBearer = (token: string, trusted?: Issuer): CheckBearer => {
  const keys = trusted === undefined ? undefined : findKeys(trusted.keys);
  const verify = async (given: string): Promise<JWTPayload> => {
    try {
      if (isOwn(given)) return await verifyOwn(given, token);
      if (keys === undefined) throw refuse("that is not the token", "invalid_token");
      const { payload } = await jwtVerify(given, keys, {
        issuer: trusted?.issuer ?? "",
        audience: trusted?.audience ?? "",
        algorithms: ALGORITHMS,
        clockTolerance: CLOCKS_DIFFER_SECONDS,
        requiredClaims: ["exp", "sub"],
      });
      return payload;
    } catch (error) {
      if (isProblem(error)) throw error;
      if (isFault(error)) throw refuse(`the token is refused: ${toReason(error)}`, "invalid_token");
      throw new Problem("unavailable", "the issuer's keys cannot be had", {
        cause: error,
        headers: { "retry-after": "5" },
      });
    }
  };
  return async (authorization, scope) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (given === undefined) throw refuse("this needs the token: Authorization: Bearer <token>");
    if (isSame(given, token)) return { name: "token", scope: enough[scope][0] ?? scope };
    // The cluster's own token has no dots, a JWT two.
    if (given.split(".").length !== 3) throw refuse("that is not the token", "invalid_token");
    return toCaller(await verify(given), scope);
  };
};
