import { describe, expect, it } from "vitest";
import { decideBackup } from "#functions/back-up-shard/decide-backup.ts";
import { decideDrop } from "#functions/drop-tablet/decide-drop.ts";
import { decideHealing } from "#functions/heal-tablet/decide-healing.ts";
import { decidePromotion } from "#functions/promote-standby/decide-promotion.ts";
import { createTabletKinds } from "#functions/run-operations/tablet-kinds.ts";
import { decideCare, PATIENCE_MS } from "#functions/watch-tablets/decide-care.ts";
import { findPromotions } from "#functions/watch-tablets/note-promotions.ts";
import { pickForBackup } from "#shared/cluster-view.ts";
import { decideJoin } from "#shared/decide-join.ts";
import { decideMigration } from "#shared/decide-migration.ts";
import { managed, primary, tablet, toView, usual } from "./views.ts";

const shard = "tagenal/-80";

describe("a tablet that joins", () => {
  const join = { by: "op", dataCenter: "hongkong", shard };
  const made = managed("hongkong-104", { madeBy: "op" });

  it("is copied from the nearest healthy replica, not from the primary", () => {
    expect(decideJoin(join, toView(usual))).toMatchObject({
      kind: "act",
      action: { kind: "add", donor: "hongkong-0000000103" },
    });
  });

  it("is copied from the primary where no replica is fit", () => {
    const view = toView([primary("beijing-101"), tablet("hongkong-103", { lag: 60 })]);
    expect(decideJoin(join, view)).toMatchObject({ action: { donor: "beijing-0000000101" } });
  });

  it("waits while there is nobody to copy from, as when a primary is replaced", () => {
    const view = toView([tablet("beijing-101", { type: "PRIMARY", isServing: false })]);
    expect(decideJoin(join, view)).toMatchObject({ kind: "wait", phase: "start" });
  });

  it("is made once, however often it is asked for", () => {
    expect(decideJoin(join, toView(usual, [made]))).toMatchObject({ kind: "wait", phase: "start" });
  });

  it("is done only when it serves and keeps up", () => {
    const at = (more: Parameters<typeof tablet>[1]) =>
      decideJoin(join, toView([...usual, tablet("hongkong-104", more)], [made]));
    expect(at({ type: "RESTORE" })).toMatchObject({ kind: "wait", phase: "copy" });
    expect(at({ isReplicating: false })).toMatchObject({ kind: "wait", phase: "catch up" });
    expect(at({ lag: null })).toMatchObject({ kind: "wait", phase: "catch up" });
    expect(at({ lag: 30 })).toMatchObject({ kind: "wait", phase: "catch up" });
    expect(at({ isServing: false })).toMatchObject({ kind: "wait", phase: "catch up" });
    expect(at({})).toMatchObject({ kind: "done", result: { tablet: "hongkong-104" } });
  });

  it("is done where it has become primary meanwhile", () => {
    const promoted = [tablet("beijing-101"), ...usual.slice(1), primary("hongkong-104")];
    const arrived = managed("hongkong-104", { madeBy: "op" });
    expect(decideJoin(join, toView(promoted, [arrived]))).toMatchObject({ kind: "done" });
    const moved = { id: "op", shard, to: "hongkong" };
    const ofMove = managed("hongkong-104", { madeBy: "op/1" });
    expect(decideMigration(moved, toView(promoted, [ofMove]))).toMatchObject({ phase: "drain" });
  });

  it("fails when its processes do not come up", () => {
    const broken = { ...made, trouble: "hongkong-104 ended 5 times" };
    expect(decideJoin(join, toView(usual, [broken]))).toMatchObject({ kind: "fail" });
  });
});

describe("a tablet that is dropped", () => {
  const drop = { id: "op", tablet: "beijing-102", shard, replace: false };

  it("gets no more reads, then stops, then is forgotten, then is done", () => {
    const left = [primary("beijing-101"), tablet("hongkong-103")];
    const drained = tablet("beijing-102", { type: "DRAINED", isServing: false });
    const leaving = managed("beijing-102", { isLeaving: true });
    const gone = { ...toView([...left, drained]), managed: toView(left).managed };
    expect(decideDrop(drop, toView(usual))).toMatchObject({ action: { kind: "drain" } });
    expect(decideDrop(drop, toView([...left, drained]))).toMatchObject({
      action: { kind: "remove" },
    });
    expect(decideDrop(drop, toView([...left, drained], [leaving]))).toMatchObject({ kind: "wait" });
    expect(decideDrop(drop, gone)).toMatchObject({ action: { kind: "forget" } });
    expect(decideDrop(drop, toView(left))).toMatchObject({ kind: "done" });
  });

  it("hands over first where it is the primary, rather at home", () => {
    const asked = { ...drop, tablet: "beijing-101" };
    expect(decideDrop(asked, toView(usual))).toMatchObject({
      phase: "hand over",
      action: { from: "beijing-0000000101", to: "beijing-0000000102" },
    });
  });

  it("stays while it is the primary and nobody can take over", () => {
    const view = toView([primary("beijing-101"), tablet("beijing-102", { lag: null })]);
    expect(decideDrop({ ...drop, tablet: "beijing-101" }, view)).toMatchObject({
      kind: "wait",
      next: expect.stringContaining("no healthy replica can take over"),
    });
  });

  it("waits for its replacement", () => {
    const replaced = { ...drop, replace: true };
    const made = managed("beijing-104", { madeBy: "op" });
    expect(decideDrop(replaced, toView(usual))).toMatchObject({
      action: { kind: "add", dataCenter: "beijing" },
    });
    expect(decideDrop(replaced, toView(usual, [made]))).toMatchObject({ kind: "wait" });
    const both = toView([...usual, tablet("beijing-104")], [made]);
    expect(decideDrop(replaced, both)).toMatchObject({ action: { kind: "drain" } });
  });
});

describe("a standby that is promoted", () => {
  const promotion = { shard, to: "hongkong-103" };

  it("takes over from the primary that there is", () => {
    expect(decidePromotion(promotion, toView(usual))).toMatchObject({
      action: { from: "beijing-0000000101", to: "hongkong-0000000103" },
    });
  });

  it("is done when it is seen as a primary that serves", () => {
    const now = [tablet("beijing-101"), tablet("beijing-102"), primary("hongkong-103")];
    expect(decidePromotion(promotion, toView(now))).toMatchObject({ kind: "done" });
    const early = [...now.slice(0, 2), { ...primary("hongkong-103"), isServing: false }];
    expect(decidePromotion(promotion, toView(early))).toMatchObject({ kind: "wait" });
  });

  it("waits a while after the last change, for vtgate would hold nobody back", () => {
    const fresh = { ...primary("beijing-101"), primarySince: 55_000 };
    const view = toView([fresh, ...usual.slice(1)]);
    expect(decidePromotion(promotion, view)).toMatchObject({ kind: "wait" });
    const drop = { id: "op", tablet: "beijing-101", shard, replace: false };
    expect(decideDrop(drop, view)).toMatchObject({ kind: "wait", phase: "hand over" });
  });

  it("waits while it is behind", () => {
    const view = toView([...usual.slice(0, 2), tablet("hongkong-103", { lag: 60 })]);
    expect(decidePromotion(promotion, view)).toMatchObject({ kind: "wait", phase: "check" });
  });
});

describe("a shard that migrates", () => {
  const migration = { id: "op", shard, to: "hongkong" };
  const made = managed("hongkong-104", { madeBy: "op/1" });
  const newcomer = tablet("hongkong-104");

  it("lets servers join in its new home until there are two", () => {
    expect(decideMigration(migration, toView(usual))).toMatchObject({
      action: { kind: "add", by: "op/1", dataCenter: "hongkong" },
    });
    expect(decideMigration(migration, toView(usual, [made]))).toMatchObject({ kind: "wait" });
  });

  it("then moves the primary there, then drops what is left behind but one", () => {
    const moved = [tablet("beijing-101"), tablet("beijing-102"), primary("hongkong-103"), newcomer];
    const left = moved.filter(({ name }) => name !== "beijing-102");
    expect(decideMigration(migration, toView([...usual, newcomer], [made]))).toMatchObject({
      phase: "move the primary",
      action: { kind: "hand-over", from: "beijing-0000000101", to: "hongkong-0000000103" },
    });
    expect(decideMigration(migration, toView(moved, [made]))).toMatchObject({
      action: { kind: "drain", alias: "beijing-0000000102" },
    });
    expect(decideMigration(migration, toView(left, [made]))).toMatchObject({
      kind: "done",
      result: { home: "hongkong", primary: "hongkong-103" },
    });
  });

  it("waits where no replica in the new home keeps up", () => {
    const slow = [primary("beijing-101"), tablet("hongkong-103", { lag: 90 })];
    const view = toView([...slow, tablet("hongkong-104", { lag: 90 })]);
    expect(decideMigration(migration, view)).toMatchObject({ kind: "wait" });
  });
});

describe("a backup of a shard", () => {
  const createdAt = Date.parse("2026-11-23T06:00:00.700Z");
  const asked = { id: "op", shard, tablet: "hongkong-103", createdAt };
  const old = "2026-11-22.032000.hongkong-0000000103";
  const made = "2026-11-23.060000.hongkong-0000000103";
  const withBackups = (tablets: typeof usual, ...backups: string[]) => ({
    ...toView(tablets),
    ...{ backups, begun: new Set(["hongkong-0000000103"]), stuck: new Set<string>() },
  });
  const joined = tablet("hongkong-104");
  const working = [
    ...usual.slice(0, 2),
    tablet("hongkong-103", { type: "BACKUP", isServing: false }),
  ];

  it("is taken far from the primary, and only where another replica is left", () => {
    expect(pickForBackup(toView(usual), shard)).toBe("hongkong-103");
    expect(pickForBackup(toView(usual.slice(0, 2)), shard)).toBeUndefined();
  });

  it("is begun once, and done when a whole one is seen that is newer than the request", () => {
    expect(decideBackup(asked, withBackups(usual, old))).toMatchObject({
      action: { kind: "back-up", alias: "hongkong-0000000103" },
    });
    expect(decideBackup(asked, withBackups(working, old))).toMatchObject({ kind: "wait" });
    expect(decideBackup(asked, withBackups(working, old, made))).toMatchObject({ kind: "wait" });
    expect(decideBackup(asked, withBackups(usual, old, made))).toMatchObject({
      kind: "done",
      result: { backup: made },
    });
  });

  it("is taken of another where the chosen one has become primary, or has gone", () => {
    const promoted = [tablet("beijing-101"), tablet("beijing-102"), primary("hongkong-103")];
    for (const view of [withBackups(promoted), withBackups([...usual.slice(0, 2), joined])])
      expect(decideBackup(asked, view)).toMatchObject({ kind: "act", phase: "back up" });
    expect(decideBackup(asked, withBackups(promoted))).toMatchObject({
      action: { alias: "beijing-0000000102" },
    });
    expect(decideBackup(asked, withBackups([primary("hongkong-103")]))).toMatchObject({
      kind: "wait",
    });
  });

  it("asks a tablet again that is set to it, where nobody here has", () => {
    const view = { ...withBackups(working, old), begun: new Set<string>() };
    const again = { action: { kind: "back-up", alias: "hongkong-0000000103" } };
    expect(decideBackup(asked, view)).toMatchObject(again);
  });

  it("makes a tablet anew that was left in the midst of one, and waits for it", () => {
    const stuck = new Set(["hongkong-0000000103"]);
    const view = { ...withBackups(working, old), begun: new Set<string>(), stuck };
    expect(decideBackup(asked, view)).toMatchObject({
      action: { kind: "rebuild", name: "hongkong-103", donor: "beijing-0000000102" },
    });
    const made = { ...view, managed: [managed("hongkong-103", { madeBy: "op" })] };
    expect(decideBackup(asked, made)).toMatchObject({ kind: "wait" });
  });

  it("leaves the newest three", () => {
    const older = [1, 2, 3].map((day) => `2026-11-0${day}.032000.hongkong-0000000103`);
    expect(decideBackup(asked, withBackups(usual, ...older, made))).toMatchObject({
      action: { kind: "remove", name: older[0] },
    });
  });
});

describe("a tablet that is healed", () => {
  const healing = { id: "op", tablet: "beijing-102", shard };

  it("answers no reads before anything else is done", () => {
    expect(decideHealing(healing, toView(usual))).toMatchObject({ action: { kind: "drain" } });
  });

  it("is made anew from another, then waits until it serves", () => {
    const drained = tablet("beijing-102", { type: "DRAINED", isServing: false });
    const rest = [primary("beijing-101"), tablet("hongkong-103")];
    expect(decideHealing(healing, toView([...rest, drained]))).toMatchObject({
      action: { kind: "rebuild", donor: "hongkong-0000000103" },
    });
    const emptying = managed("beijing-102", { madeBy: "op", isEmptying: true });
    expect(decideHealing(healing, toView([...rest, drained], [emptying]))).toMatchObject({
      kind: "wait",
    });
    const started = managed("beijing-102", { madeBy: "op" });
    expect(decideHealing(healing, toView(usual, [started]))).toMatchObject({ kind: "done" });
  });

  it("is refused to a primary", () => {
    const asked = { ...healing, tablet: "beijing-101" };
    expect(decideHealing(asked, toView(usual))).toMatchObject({ kind: "fail" });
  });
});

describe("a promotion that nobody asked for", () => {
  it("is seen where the primary is another than before", () => {
    const now = toView([tablet("beijing-101"), primary("beijing-102")]);
    const before = { shard, tablet: "beijing-101", seenAt: 5 };
    expect(findPromotions(now, [before])).toEqual([
      { shard, from: "beijing-101", to: "beijing-102", lastSeenAt: 5 },
    ]);
    expect(findPromotions(now, [{ ...before, tablet: "beijing-102" }])).toEqual([]);
    expect(findPromotions(now, [])).toEqual([]);
    expect(findPromotions(toView([tablet("beijing-101")]), [before])).toEqual([]);
  });
});

describe("looking after the tablets", () => {
  const care = (
    view: ReturnType<typeof toView>,
    more: Partial<Parameters<typeof decideCare>[0]> = {},
  ) => decideCare({ view, operations: [], since: new Map(), now: 100_000, ...more });
  const drained = tablet("beijing-102", { type: "DRAINED", isServing: false });

  it("leaves a healthy shard alone", () => {
    expect(care(toView(usual))).toEqual([]);
  });

  it("heals at once what was taken out of service", () => {
    const view = toView([primary("beijing-101"), drained, tablet("hongkong-103")]);
    expect(care(view)).toMatchObject([{ kind: "heal", tablet: "beijing-102", shard }]);
  });

  it("gives a replica that does not follow some time to be mended", () => {
    const lost = tablet("beijing-102", { isReplicating: false });
    const view = toView([primary("beijing-101"), lost, tablet("hongkong-103")]);
    const seenFor = (ms: number) => care(view, { since: new Map([["beijing-102", 100_000 - ms]]) });
    expect(seenFor(PATIENCE_MS - 1)).toEqual([]);
    expect(seenFor(PATIENCE_MS)).toMatchObject([{ kind: "heal" }]);
  });

  it("throws nothing away while the shard has no primary", () => {
    expect(care(toView([drained, tablet("hongkong-103")]))).toEqual([]);
  });

  it("forgets a record whose tablet has ended, unless nobody here manages any", () => {
    const gone = tablet("hongkong-104", { isServing: false });
    const view = { ...toView([...usual, gone]), managed: toView(usual).managed };
    const since = new Map([["hongkong-104", 100_000 - PATIENCE_MS]]);
    expect(care(view, { since })).toEqual([{ kind: "forget", alias: "hongkong-0000000104" }]);
    expect(care(view)).toEqual([]);
    expect(care({ ...view, managed: [] }, { since })).toEqual([]);
  });

  it("removes what an operation that did not end well left behind", () => {
    const made = managed("hongkong-104", { madeBy: "op" });
    const operations = [{ id: "op", kind: "join-tablet", state: "cancelled" as const }];
    expect(care(toView(usual, [made]), { operations })).toEqual([
      { kind: "remove", tablet: "hongkong-104" },
    ]);
    const serving = toView([...usual, tablet("hongkong-104")], [made]);
    expect(care(serving, { operations })).toEqual([]);
    const running = [
      { ...operations[0], id: "op", kind: "join-tablet", state: "running" as const },
    ];
    expect(care(toView(usual, [made]), { operations: running })).toEqual([]);
  });
});

describe("where the last tablet to join is the first to leave", () => {
  const ranks = [
    ["beijing-900", 1],
    ["beijing-200", 2],
    ["hongkong-103", 1],
  ] as const;
  const ranked = ranks.map(([name, rank]) => managed(name, { rank }));
  const tablets = [primary("beijing-900"), tablet("beijing-200"), tablet("hongkong-103")];
  const view = toView(tablets, ranked);
  const kinds = createTabletKinds({
    readView: async () => view,
    readBackups: async () => [],
    readBusy: async () => [],
    toEvent: () => {
      throw new Error("nothing is begun");
    },
  });
  const reasonsFor = async (name: string, replace = false) => {
    const request = { kind: "drop-tablet", tablet: name, confirm: name, force: true, replace };
    return (await kinds["drop-tablet"]?.check(request))?.reasons;
  };

  it("a drop of another says who has to leave before", async () => {
    expect(await reasonsFor("beijing-900")).toEqual([
      expect.stringContaining("beijing-900 leaves only after beijing-200"),
    ]);
    expect(await reasonsFor("beijing-200")).toEqual([]);
    expect(await reasonsFor("hongkong-103")).toEqual([]);
  }, 20_000);

  it("nobody is replaced by who would have to leave before", async () => {
    expect(await reasonsFor("hongkong-103", true)).toEqual([
      expect.stringContaining("whoever replaced hongkong-103"),
    ]);
  }, 20_000);

  it("a shard that moves keeps the first as its standby, and finishes with one before the next", () => {
    const migration = { id: "op", shard, to: "hongkong" };
    const made = managed("hongkong-104", { madeBy: "op/1", rank: 2 });
    const here = [primary("hongkong-103"), tablet("hongkong-104")];
    const moved = [...here, tablet("beijing-900"), tablet("beijing-200")];
    expect(decideMigration(migration, toView(moved, [...ranked, made]))).toMatchObject({
      action: { kind: "drain", alias: "beijing-0000000200" },
    });
    const record = tablet("beijing-200", { type: "DRAINED", isServing: false });
    const known = [...here, tablet("beijing-900"), record];
    const without = [...ranked, made].filter(({ name }) => name !== "beijing-200");
    expect(decideMigration(migration, { ...toView(known), managed: without })).toMatchObject({
      action: { kind: "forget", alias: "beijing-0000000200" },
    });
    expect(
      decideMigration(migration, { ...toView(known.slice(0, 3)), managed: without }),
    ).toMatchObject({ kind: "done" });
  });

  it("what an operation left behind waits for its turn", () => {
    const operations = [{ id: "op", kind: "join-tablet", state: "failed" } as const];
    const left = managed("beijing-900", { madeBy: "op", rank: 1 });
    const watched = { operations, since: new Map<string, number>(), now: 60_000 };
    const others = ranked.filter(({ name }) => name !== "beijing-900");
    const seen = tablets.slice(1);
    expect(decideCare({ ...watched, view: toView(seen, [left, ...others]) })).toEqual([]);
    const last = others.filter(({ name }) => name !== "beijing-200");
    expect(decideCare({ ...watched, view: toView(seen.slice(1), [left, ...last]) })).toEqual([
      { kind: "remove", tablet: "beijing-900" },
    ]);
  });
});
