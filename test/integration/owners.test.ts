/** A writer of users that dies after any of its statements: the next one finds a key to use. */
import { afterAll, describe, expect, inject, it } from "vitest";
import { createOwners } from "#shared/owners.ts";
import { FIRST_PLACEMENT, slot } from "#shared/placement.ts";
import type { Problem } from "#shared/problem.ts";
import type { TransactionalSql } from "#shared/sql.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { died, dyingAfter } from "./dying-sql.ts";
import { newUser } from "./write-rows.ts";

const { vtgateUrl } = inject("cluster");
const vtgate = createVtgate(vtgateUrl, { connections: 4 });
const FIRST_UID = 6_900_001;

afterAll(async () => {
  for (const table of ["user_read", "user", "user_directory"])
    await vtgate.tagenal.write(`DELETE FROM ${table} WHERE uid BETWEEN ? AND ?`, [
      FIRST_UID,
      FIRST_UID + 1_000,
    ]);
  await vtgate.close();
});

const placement = async () => FIRST_PLACEMENT;
const createUsers = (tagenal: TransactionalSql) =>
  createOwners({ tagenal, global: vtgate.global, placement }, "users", ["user_read"]);
const users = createUsers(vtgate.tagenal);

const countOf = async (table: string, uid: number): Promise<number> =>
  (await vtgate.tagenal.query(`SELECT home FROM ${table} WHERE uid = ?`, [uid])).length;

const isFound = async (uid: number): Promise<boolean> => {
  const rows = await vtgate.tagenal.query(
    "SELECT u.uid FROM user_directory d JOIN user u ON u.home = d.home AND u.uid = d.uid WHERE d.uid = ?",
    [uid],
  );
  return rows.length === 1;
};

describe("a user", () => {
  it.each([0, 1, 2])(
    "is written by the next after a writer died after %i statements",
    async (n) => {
      const uid = FIRST_UID + n;
      await createUsers(dyingAfter(n, vtgate.tagenal))
        .create(newUser(uid, "Hong Kong"), false)
        .catch((error: unknown) => expect(error).toBe(died));
      const isWritten = await isFound(uid);
      await users.create(newUser(uid, "Beijing"), false).catch((error: Problem) => {
        expect(isWritten).toBe(true);
        expect(error.code).toBe("conflict");
      });
      expect(await isFound(uid)).toBe(true);
      expect(await countOf("user", uid)).toBe(1);
    },
  );

  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "is there or not, and can be written anew, after its remover died after %i statements",
    async (n) => {
      const uid = FIRST_UID + 100 + n;
      await users.create(newUser(uid, "Beijing"), false);
      await createUsers(dyingAfter(n, vtgate.tagenal))
        .remove(uid, () => undefined)
        .catch((error: unknown) => expect(error).toBe(died));
      expect(await isFound(uid)).toBe((await countOf("user", uid)) === 1);
      await users.remove(uid, () => undefined);
      expect(await countOf("user", uid)).toBe(0);
      expect(await countOf("user_directory", uid)).toBe(0);
      await users.create(newUser(uid, "Hong Kong"), false);
      expect(await isFound(uid)).toBe(true);
    },
  );

  it("written by the same writer again is its own", async () => {
    const uid = FIRST_UID + 200;
    await users.create(newUser(uid), false);
    await users.create(newUser(uid), true);
    await expect(users.create(newUser(uid, "Hong Kong"), true)).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await countOf("user", uid)).toBe(1);
  });

  it("keeps the key from others while its writer is not done, and only so long", async () => {
    const uid = FIRST_UID + 201;
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let entered = (): void => undefined;
    const isEntered = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const slow: TransactionalSql = {
      ...vtgate.tagenal,
      transaction: (work) =>
        vtgate.tagenal.transaction(async (on) => {
          const result = await work(on);
          entered();
          await held;
          return result;
        }),
    };
    const first = createUsers(slow).create(newUser(uid, "Hong Kong"), false);
    await isEntered;
    const second = users.create(newUser(uid, "Beijing"), false).catch((error: Problem) => error);
    finish();
    await first;
    expect(await second).toMatchObject({ code: "conflict" });
    expect(await countOf("user", uid)).toBe(1);
  });

  it("is left to a load that has not ended and may write it", async () => {
    const uid = FIRST_UID + 202;
    await vtgate.tagenal.write("INSERT INTO user_directory (slot, uid, home) VALUES (?, ?, 5)", [
      slot(uid),
      uid,
    ]);
    const loading = createOwners(
      {
        tagenal: vtgate.tagenal,
        global: { query: async <T extends object>() => [{ 1: 1 }] as unknown as T[] },
        placement,
      },
      "users",
    );
    await expect(loading.create(newUser(uid), false)).rejects.toMatchObject({ code: "conflict" });
    expect(await countOf("user", uid)).toBe(0);
  });
});
