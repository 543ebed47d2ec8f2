/** Settings that say where a server is also say whether it speaks TLS; wrong ones are named. */
import { describe, expect, it } from "vitest";
import { parseRedisNodes, toTlsOptions } from "#shared/redis-nodes.ts";
import { parseVtctldAddress } from "#shared/vtctld-address.ts";
import { toPoolOptions } from "#shared/vtgate-options.ts";

describe("VTGATE_URL", () => {
  it("gives address, user and password, percent-decoded, and no TLS", () => {
    const options = toPoolOptions("mysql://me:p%2Fw@gate:3307", 3);
    const expected = { host: "gate", port: 3307, user: "me", password: "p/w", connectionLimit: 3 };
    expect(options).toMatchObject(expected);
    expect(options).not.toHaveProperty("ssl");
  });

  it.each([
    { mode: "VERIFY_IDENTITY", verifyIdentity: true },
    { mode: "VERIFY_CA", verifyIdentity: false },
  ])("speaks TLS by ssl-mode=$mode", ({ mode, verifyIdentity }) => {
    const { ssl } = toPoolOptions(`mysql://me:pw@gate:3306?ssl-mode=${mode}`, 1);
    expect(ssl).toEqual({ verifyIdentity });
  });

  it.each([
    { query: "ssl-mode=REQUIRED", why: "ssl-mode is REQUIRED, not one of VERIFY_CA, VERIFY_ID" },
    { query: "sslmode=VERIFY_CA", why: "knows only ssl-mode, not sslmode" },
  ])("is refused with $query", ({ query, why }) => {
    expect(() => toPoolOptions(`mysql://me:pw@gate?${query}`, 1)).toThrow(`VTGATE_URL: ${why}`);
  });
});

describe("REDIS_NODES", () => {
  it("are addresses, plain as they are", () => {
    const found = parseRedisNodes(["one:7000", "two"]);
    const nodes = [
      { host: "one", port: 7000 },
      { host: "two", port: 6379 },
    ];
    expect(found).toEqual({ nodes, isSecure: false });
    expect(toTlsOptions(found)).toEqual({});
  });

  it("speak TLS by rediss://, and are asked by name", () => {
    const found = parseRedisNodes(["rediss://one:7000", "rediss://two:7001"]);
    expect(found.isSecure).toBe(true);
    const { tls, dnsLookup } = toTlsOptions(found);
    expect(tls).toEqual({});
    dnsLookup?.("one", (error, address) => expect([error, address]).toEqual([null, "one"]));
    expect.assertions(3);
  });

  it.each([
    { nodes: ["rediss://one:1", "two:2"], why: "either all of them with rediss:// or none" },
    { nodes: ["http://one:1"], why: "http://one:1 is neither host:port nor rediss://host:port" },
  ])("are refused: $nodes", ({ nodes, why }) => {
    expect(() => parseRedisNodes(nodes)).toThrow(`REDIS_NODES: ${why}`);
  });
});

describe("VTCTLD_ADDRESS", () => {
  it.each([
    { address: "vtctld:15999", target: "vtctld:15999", isSecure: false },
    { address: "https://vtctld:15999", target: "vtctld:15999", isSecure: true },
  ])("is taken: $address", ({ address, ...expected }) => {
    expect(parseVtctldAddress(address)).toEqual(expected);
  });

  it.each(["grpc://vtctld:15999", "https://vtctld", "https://vtctld:1/"])(
    "is refused: %s",
    (address) => {
      const words = `VTCTLD_ADDRESS: ${address} is neither host:port nor https://host:port`;
      expect(() => parseVtctldAddress(address)).toThrow(words);
    },
  );
});
