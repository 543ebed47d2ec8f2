import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCheckBearer } from "#shared/bearer.ts";
import { signReader } from "#shared/reader-token.ts";

const TOKEN = "the-clusters-own-token";
const issuer = "https://issuer.example";
const audience = "tagenal";

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
let ours: KeyPair;
let other: KeyPair;
let jwks: { keys: JWK[] };
let folder: string;
let server: Server;
let answer = 200;
let address: string;

beforeAll(async () => {
  [ours, other] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  jwks = { keys: [{ ...(await exportJWK(ours.publicKey)), kid: "k1", alg: "ES256" }] };
  folder = await mkdtemp(join(tmpdir(), "tagenal-keys-"));
  await writeFile(join(folder, "keys.json"), JSON.stringify(jwks));
  server = createServer((_, response) => {
    response.writeHead(answer, { "content-type": "application/json" }).end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

interface Claims {
  readonly uid?: unknown;
  readonly scope?: string;
  readonly aud?: string;
  readonly iss?: string;
  readonly exp?: string;
}

const sign = ({ scope = "write", aud = audience, iss = issuer, exp = "5m", uid }: Claims = {}) =>
  new SignJWT({ scope, ...(uid === undefined ? {} : { uid }) })
    .setProtectedHeader({ alg: "ES256", kid: "k1" })
    .setSubject("reader-7")
    .setIssuer(iss)
    .setAudience(aud)
    .setExpirationTime(exp);

const trust = (keys: string) => createCheckBearer(TOKEN, { keys, issuer, audience });
const fileKeys = () => pathToFileURL(join(folder, "keys.json")).href;

describe("a bearer", () => {
  it("of the cluster's own token may do everything", async () => {
    const check = createCheckBearer(TOKEN);
    expect(await check(`Bearer ${TOKEN}`, "write")).toMatchObject({ name: "token" });
    expect(await check(`bearer ${TOKEN}`, "operate")).toMatchObject({ name: "token" });
  });

  it.each([undefined, "", "Bearer", "Bearer wrong", `Basic ${TOKEN}`, "Bearer a.b.c"])(
    "of %o may do nothing",
    async (given) => {
      await expect(createCheckBearer(TOKEN)(given, "write")).rejects.toMatchObject({
        code: "unauthorized",
        headers: { "www-authenticate": expect.stringMatching(/^Bearer/) },
      });
    },
  );

  it.each([{ where: "a file" }, { where: "an address" }])(
    "of a JWT is known by the keys of $where",
    async ({ where }) => {
      const check = trust(where === "a file" ? fileKeys() : address);
      const jwt = await sign({ scope: "read write" }).sign(ours.privateKey);
      expect(await check(`Bearer ${jwt}`, "write")).toEqual({ name: "reader-7", scope: "write" });
      await expect(check(`Bearer ${jwt}`, "operate")).rejects.toMatchObject({ code: "forbidden" });
      expect(await check(`Bearer ${TOKEN}`, "operate")).toMatchObject({ name: "token" });
    },
  );

  it.each([
    { name: "has expired", claims: { exp: "-1m" }, says: "it has expired" },
    { name: "is for somebody else", claims: { aud: "others" }, says: "its aud does not fit" },
    { name: "is of another issuer", claims: { iss: "https://x" }, says: "its iss does not fit" },
  ])("of a JWT that $name is refused", async ({ claims, says }) => {
    const jwt = await sign(claims).sign(ours.privateKey);
    await expect(trust(fileKeys())(`Bearer ${jwt}`, "write")).rejects.toMatchObject({
      code: "unauthorized",
      message: `the token is refused: ${says}`,
    });
  });

  it("of a JWT that somebody else signed is refused", async () => {
    const jwt = await sign().sign(other.privateKey);
    await expect(trust(fileKeys())(`Bearer ${jwt}`, "write")).rejects.toMatchObject({
      code: "unauthorized",
    });
  });

  it.each([
    ["without a signature", "none"],
    ["signed with the public key as a secret", "HS256"],
  ])("of a JWT %s is refused", async (_, alg) => {
    const header = Buffer.from(JSON.stringify({ alg, kid: "k1" })).toString("base64url");
    const [, claims = ""] = (await sign().sign(ours.privateKey)).split(".");
    const jwt = `${header}.${claims}.AAAA`;
    await expect(trust(fileKeys())(`Bearer ${jwt}`, "write")).rejects.toMatchObject({
      code: "unauthorized",
    });
  });

  it("of a reader's JWT may write for its user, and nothing else", async () => {
    const check = trust(fileKeys());
    const jwt = await sign({ scope: "reader", uid: 7 }).sign(ours.privateKey);
    const reader = { name: "reader-7", scope: "reader", uid: 7 };
    expect(await check(`Bearer ${jwt}`, "reader")).toEqual(reader);
    for (const scope of ["write", "operate"] as const)
      await expect(check(`Bearer ${jwt}`, scope)).rejects.toMatchObject({ code: "forbidden" });
  });

  it("who may write for anybody may do so for a reader", async () => {
    const jwt = await sign({ scope: "reader write", uid: 7 }).sign(ours.privateKey);
    const writer = { name: "reader-7", scope: "write" };
    expect(await trust(fileKeys())(`Bearer ${jwt}`, "reader")).toEqual(writer);
    const own = { name: "token", scope: "write" };
    expect(await createCheckBearer(TOKEN)(`Bearer ${TOKEN}`, "reader")).toEqual(own);
  });

  it.each([undefined, "7", -1, 7.5, null])(
    "of a reader's JWT with the uid %o is refused",
    async (uid) => {
      const jwt = await sign({ scope: "reader", uid }).sign(ours.privateKey);
      await expect(trust(fileKeys())(`Bearer ${jwt}`, "reader")).rejects.toMatchObject({
        code: "unauthorized",
        message: "the token is refused: its uid is not that of a user",
      });
    },
  );

  it("is not refused, but told to come again, while the keys cannot be had", async () => {
    const jwt = await sign().sign(ours.privateKey);
    answer = 500;
    await expect(trust(address)(`Bearer ${jwt}`, "write")).rejects.toMatchObject({
      code: "unavailable",
    });
    answer = 200;
    const nowhere = pathToFileURL(join(folder, "none.json")).href;
    await expect(trust(nowhere)(`Bearer ${jwt}`, "write")).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

describe("a reader's token that the cluster's own has signed", () => {
  const own = "A".repeat(32);

  it("is for her alone, also beside an issuer", async () => {
    const jwt = await signReader(own, 7, 1);
    for (const check of [
      createCheckBearer(own),
      createCheckBearer(own, { keys: fileKeys(), issuer, audience }),
    ])
      expect(await check(`Bearer ${jwt}`, "reader")).toEqual({
        name: "user-7",
        scope: "reader",
        uid: 7,
      });
    await expect(createCheckBearer(own)(`Bearer ${jwt}`, "write")).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it.each([
    { name: "another token has signed", token: "B".repeat(32), hours: 1 },
    { name: "has ended", token: own, hours: -1 },
  ])("is refused where $name", async ({ token, hours }) => {
    const jwt = await signReader(token, 7, hours);
    await expect(createCheckBearer(own)(`Bearer ${jwt}`, "reader")).rejects.toMatchObject({
      code: "unauthorized",
    });
  });

  it("is not taken where the own token is so short that it could be guessed from it", async () => {
    const jwt = await signReader(TOKEN, 7, 1);
    await expect(createCheckBearer(TOKEN)(`Bearer ${jwt}`, "reader")).rejects.toMatchObject({
      code: "unauthorized",
    });
  });
});
