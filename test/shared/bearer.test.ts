import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCheckBearer } from "#shared/bearer.ts";

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
  readonly scope?: string;
  readonly aud?: string;
  readonly iss?: string;
  readonly exp?: string;
}

const sign = ({ scope = "write", aud = audience, iss = issuer, exp = "5m" }: Claims = {}) =>
  new SignJWT({ scope })
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
    expect(await check(`Bearer ${TOKEN}`, "write")).toBe("token");
    expect(await check(`bearer ${TOKEN}`, "operate")).toBe("token");
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
      expect(await check(`Bearer ${jwt}`, "write")).toBe("reader-7");
      await expect(check(`Bearer ${jwt}`, "operate")).rejects.toMatchObject({ code: "forbidden" });
      expect(await check(`Bearer ${TOKEN}`, "operate")).toBe("token");
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
