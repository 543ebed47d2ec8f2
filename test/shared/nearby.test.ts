import { describe, expect, it } from "vitest";
import { createNearby, pickReplica, type Reader, type ServingTablet } from "#shared/nearby.ts";
import { FIRST_PLACEMENT, placement } from "#shared/placement.ts";
import { Problem } from "#shared/problem.ts";

const tablet = (
  name: string,
  shard: string,
  { isPrimary = false, isCurrent = true } = {},
): ServingTablet => {
  const [dataCenter = "", uid = ""] = name.split("-");
  const alias = `${dataCenter}-${uid.padStart(10, "0")}`;
  return { alias, dataCenter, shard, isPrimary, isCurrent };
};

const tablets: ServingTablet[] = [
  tablet("beijing-101", "-80", { isPrimary: true }),
  tablet("beijing-102", "-80"),
  tablet("hongkong-103", "-80"),
  tablet("hongkong-201", "80-", { isPrimary: true }),
  tablet("beijing-203", "80-"),
];

const home = placement(FIRST_PLACEMENT, "articles", "science", 3);
const science = { low: home, high: home };
const inTechnology = placement(FIRST_PLACEMENT, "articles", "technology", 3);
const technology = { low: inTechnology, high: inTechnology };

describe("the replica nearby", () => {
  it.each<[string, string, readonly ServingTablet[], string | undefined]>([
    ["is the reader's own data center's", "hongkong", tablets, "hongkong-0000000103"],
    ["is none beside the primary", "beijing", tablets, undefined],
    ["is none where nobody knows of a data center", "paris", tablets, undefined],
    [
      "may not be far behind",
      "hongkong",
      [tablet("hongkong-103", "-80", { isCurrent: false }), tablet("hongkong-104", "-80")],
      "hongkong-0000000104",
    ],
    [
      "is one whose shard holds everything asked for",
      "hongkong",
      [tablet("hongkong-103", "-20"), tablet("hongkong-104", "20-80")],
      home < 0x20n << 56n ? "hongkong-0000000103" : "hongkong-0000000104",
    ],
  ])("%s", (_name, dataCenter, all, expected) => {
    expect(pickReplica(all, dataCenter, science)?.alias).toBe(expected);
  });

  it("has to hold the whole range", () => {
    const split = [tablet("hongkong-103", "-20"), tablet("hongkong-104", "20-80")];
    const whole = { low: 0n, high: (0x40n << 56n) - 1n };
    expect(pickReplica(split, "hongkong", whole)).toBeUndefined();
    expect(pickReplica(tablets, "hongkong", whole)?.alias).toBe("hongkong-0000000103");
  });
});

describe("reading nearby", () => {
  const createWorld = () => {
    const world = { now: 0, looks: 0, tablets: tablets as readonly ServingTablet[] };
    const toQuery = (name: string) => ({ query: async () => [{ name }] as never });
    const nearby = createNearby({
      primary: toQuery("primary"),
      placement: async () => FIRST_PLACEMENT,
      readTablets: async () => {
        world.looks += 1;
        return world.tablets;
      },
      replica: ({ alias }) => toQuery(alias),
      now: () => world.now,
    });
    const read = async (
      { dataCenter = "hongkong", mayLag = true }: Partial<Reader>,
      bounds = science,
      gone: "nothing" | "error" | "refusal" | undefined = undefined,
    ) =>
      nearby.read({ dataCenter, mayLag }, bounds, async (from) => {
        const [row] = await from.query<{ name: string }>("select");
        const isReplica = row?.name !== "primary";
        if (isReplica && gone === "nothing") return undefined;
        if (isReplica && gone === "error") throw new Error("gone");
        if (isReplica && gone === "refusal") throw new Problem("too-large", "no");
        return row?.name;
      });
    return { world, read };
  };

  it("tells who answered", async () => {
    const { read } = createWorld();
    const expected = { found: "hongkong-0000000103", by: "hongkong-103" };
    expect(await read({})).toEqual(expected);
  });

  it.each<[string, Partial<Reader>, typeof science]>([
    ["who may not miss what was just written", { mayLag: false }, science],
    ["beside the primary", { dataCenter: "beijing" }, science],
    ["of what is not served everywhere", { dataCenter: "beijing" }, technology],
  ])("sends a reader %s to the primary", async (_name, reader, bounds) => {
    const { read } = createWorld();
    expect(await read(reader, bounds)).toEqual({ found: "primary", by: "primary" });
  });

  it.each(["nothing", "error"] as const)(
    "asks the primary where the replica has %s",
    async (gone) => {
      const { read } = createWorld();
      expect(await read({}, science, gone)).toEqual({ found: "primary", by: "primary" });
    },
  );

  it("does not ask twice what is refused", async () => {
    await expect(createWorld().read({}, science, "refusal")).rejects.toMatchObject({ status: 413 });
  });

  it("looks again as long as somebody asks, and trusts no old look", async () => {
    const { world, read } = createWorld();
    await read({});
    await read({});
    expect(world.looks).toBe(1);
    world.tablets = [];
    world.now = 1_500;
    // Meanwhile the last look counts.
    expect((await read({})).by).toBe("hongkong-103");
    expect(world.looks).toBe(2);
    expect((await read({})).by).toBe("primary");
    world.tablets = tablets;
    world.now = 10_000;
    expect((await read({})).by).toBe("hongkong-103");
  });
});
