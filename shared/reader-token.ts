/**
 * A reader's token: a JWT with her uid, signed (HS256) with the cluster's own token, so that a user
 * can be let in where there is no issuer. Whoever can check one can also sign one, and could do
 * everything anyway: it holds the token.
 */
import { createHash } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";

const ALGORITHM = "HS256";
const NAME = "tagenal";
/** A shorter token could be guessed by whoever has one of these, without anybody being asked. */
export const SHORTEST_TOKEN = 32;

const toKey = (token: string): Uint8Array => createHash("sha256").update(token).digest();

export const signReader = (token: string, uid: number, hours: number): Promise<string> =>
  new SignJWT({ scope: "reader", uid })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(`user-${uid}`)
    .setIssuer(NAME)
    .setAudience(NAME)
    .setIssuedAt()
    .setExpirationTime(`${hours}h`)
    .sign(toKey(token));

/** Throws a JOSEError where it is not well-formed. */
export const isOwn = (given: string): boolean => {
  try {
    return decodeProtectedHeader(given).alg === ALGORITHM;
  } catch (cause) {
    throw new errors.JWTInvalid("its header is not well-formed", { cause });
  }
};

/** Throws a JOSEError where it is not signed with the token, or has ended. */
export const verifyOwn = async (given: string, token: string): Promise<JWTPayload> => {
  if (token.length < SHORTEST_TOKEN) throw new errors.JWSSignatureVerificationFailed();
  const { payload } = await jwtVerify(given, toKey(token), {
    issuer: NAME,
    audience: NAME,
    algorithms: [ALGORITHM],
    requiredClaims: ["exp", "sub"],
  });
  return payload;
};
