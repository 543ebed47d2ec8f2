import { describe, expect, it } from "vitest";
import { createRemoveLoad, type RemoveLoadDeps } from "#functions/remove-load/remove-load.ts";
import {
  deleteArticleReads,
  deleteEntries,
  deleteRows,
  selectOwn,
} from "#functions/remove-load/remove-sql.ts";
import type { RemovableChunk } from "#shared/load-removal.ts";
import type { Operation } from "#shared/operation-rows.ts";
import type { Sql } from "#shared/sql.ts";
import type { Outcome } from "#shared/step-outcome.ts";

const ID = "0b2f7a4e-1111-4111-8111-123456789012";

describe("remove-sql", () => {
  it("deletes by key what carries the load's serial, and nothing else", () => {
    expect(
      deleteRows(
        "reads",
        [
          ["5", "it's"],
          ["6", "b"],
        ],
        7,
      ),
    ).toBe("delete from `user_read` where (home, id) in ((5,'it\\'s'),(6,'b')) and load_id = 7");
    expect(selectOwn("users", [["5", 1]], 7)).toBe(
      "select uid as `key`, home from `user` where (home, uid) in ((5,1)) and load_id = 7",
    );
    expect(deleteEntries("articles", [{ key: 1, home: "5" }])).toMatch(
      /^delete from article_directory where slot in \((\d+)\) and \(slot, aid, home\) in \(\(\1,1,5\)\)$/,
    );
  });

  it("finds what reads have made of article_read by its key", () => {
    const row = ["5", "it's", 1_430_000_000_000, 3, 9, "7", 1, 1, 1, 0, 0, "", 0];
    expect(deleteArticleReads([row], 8)).toBe(
      "delete from article_read where (home, uid, reader_home, id) in ((7,3,5,'it\\'s')) and load_id = 8",
    );
  });

  it("lets nothing but digits stand unquoted", () => {
    expect(() => deleteRows("users", [["1); drop table user; --", 1]], 7)).toThrow(/not a number/);
  });
});

describe("remove-load", () => {
  const chunk = (number: number, shard: string): RemovableChunk => ({
    ...{ number, shard, table: number === 1 ? "users" : "reads" },
    ...{ object: `chunk-${number}`, rows: 1, articleShard: number === 3 ? "80-" : "" },
  });

  const createWorld = (isHeld = false) => {
    const did: string[] = [];
    const sql = (where: string): Sql => ({
      query: async <T extends object>(text: string) => {
        did.push(`${where}: ${text.slice(0, 22)}`);
        return [{ key: 1, home: "5" }] as T[];
      },
      write: async (text) => {
        did.push(`${where}: ${text.slice(0, 26)}`);
        return { affected: 1, insertId: 0 };
      },
    });
    const loading = [2, 1, 0];
    let outcome: Outcome | undefined;
    const deps: RemoveLoadDeps = {
      workOnStep: async (_, work) => {
        const operation = { id: ID, serial: 7, progress: {} } as unknown as Operation;
        outcome = await work({
          lease: { operation, step: "remove", fence: 1 },
          signal: new AbortController().signal,
          report: () => {},
        });
      },
      removal: {
        drop: async () => loading.shift() ?? 0,
        chunks: async () => {
          did.push("chunks");
          return isHeld ? [chunk(3, "-80")] : [chunk(2, "gone"), chunk(1, "-80")];
        },
        removed: async (_, number) => void did.push(`removed ${number}`),
      },
      objects: {
        read: async () => Buffer.from('[["5",1,0,3,9,"7"]]'),
        deletePrefix: async (prefix) => void did.push(`delete ${prefix}`),
      },
      readShards: async () => ["-80", "80-"],
      shard: sql,
      anywhere: sql("anywhere"),
      streams: { isHeld: async () => isHeld },
      counts: { takeBack: async () => void did.push("take back") },
      changes: { announce: async () => void did.push("tell") },
      sleep: async () => void did.push("wait"),
    };
    const run = () =>
      createRemoveLoad(deps)({ id: "1", source: "/", data: { operationId: ID } } as Parameters<
        ReturnType<typeof createRemoveLoad>
      >[0]);
    return { run, did, outcomeOf: () => outcome };
  };

  it("waits until nobody loads, removes chunk by chunk, then forgets the chunks", async () => {
    const { run, did, outcomeOf } = createWorld();
    await run();
    expect(did).toEqual([
      ...["wait", "wait", "chunks"],
      ...["anywhere: delete from `user_read` wh", "removed 2"],
      ...["-80: select uid as `key`, h", "anywhere: delete from user_directory"],
      ...["-80: delete from `user` where (", "removed 1"],
      ...["tell", `delete loads/${ID}/chunks/`],
    ]);
    expect(outcomeOf()).toEqual({ kind: "cancel", result: { removed: 2 } });
  });

  it("takes out what a large load has derived: the counts first, rows after their reads", async () => {
    const { run, did } = createWorld(true);
    await run();
    expect(did).toEqual([
      ...["wait", "wait", "take back", "chunks"],
      ...["-80: delete from `user_read` wh", "80-: delete from article_read w", "removed 3"],
      ...["tell", `delete loads/${ID}/chunks/`],
    ]);
  });
});
