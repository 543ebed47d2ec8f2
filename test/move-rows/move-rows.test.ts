import { describe, expect, it } from "vitest";
import { createMoveReads } from "#functions/move-rows/move-reads.ts";
import { createMoveRows } from "#functions/move-rows/move-rows.ts";
import { toStoredEvent } from "#shared/emit.ts";
import { createRequestMove } from "#shared/moves.ts";
import type { Json, Operation } from "#shared/operation-rows.ts";
import type { NewOperation } from "#shared/operations.ts";
import type { Sql, SqlValues } from "#shared/sql.ts";
import type { Outcome } from "#shared/step-outcome.ts";

const ID = "0b2f7a4e-1111-4111-8111-123456789012";

const toOperation = (request: Json, progress: Json = {}): Operation => ({
  ...{ id: ID, serial: 1, kind: "move", state: "running", request, progress },
  ...{ result: null, problem: null, askedBy: "token", createdAt: 0, updatedAt: 0 },
});

const user = { kind: "move", table: "users", key: 7, from: "5", to: "Hong Kong" };
const article = { kind: "move", table: "articles", key: 3, from: "5", to: "technology" };

/** What one turn of the step ends with, and what it did in order. */
const turn = async (request: Json, progress: Json, found: number, isLoading = false) => {
  const done: string[] = [];
  let outcome: Outcome | undefined;
  const moveRows = createMoveRows({
    workOnStep: async ({ step }, work) => {
      expect(step).toBe("move");
      const lease = { operation: toOperation(request, progress), step, fence: 1 };
      const { signal } = new AbortController();
      outcome = await work({ lease, signal, report: () => undefined });
    },
    moveOwner: async ({ table, key }) => {
      done.push(`${table} ${key}`);
      return 9n;
    },
    moveReads: async ({ aid, from, home }) => {
      done.push(`reads of ${aid} from ${from} to ${home}`);
      return found;
    },
    changes: {
      announce: async (changes) => void done.push(`tell of ${changes.map(({ table }) => table)}`),
    },
    isLoading: async () => isLoading,
    homeOf: async () => 9n,
  });
  const event = { source: "/test", id: "1", type: "t", extensions: {} };
  await moveRows({ ...event, data: { operationId: ID } });
  return { done, outcome };
};

describe("move-rows", () => {
  it("moves a user at once", async () => {
    const { done, outcome } = await turn(user, {}, 0);
    expect(done).toEqual(["users 7", "tell of users,reads"]);
    expect(outcome).toMatchObject({ kind: "succeed", result: { table: "users", key: 7 } });
  });

  it("waits for a large load, whose reads nobody else may change", async () => {
    const { done, outcome } = await turn(article, {}, 5, true);
    expect(done).toEqual([]);
    expect(outcome).toMatchObject({ kind: "wait", progress: { next: "wait for a load" } });
  });

  it("tells the reads of an article before it moves", async () => {
    const { done } = await turn(article, {}, 5);
    expect(done).toEqual(["reads of 3 from 5 to 9", "articles 3", "tell of articles,reads"]);
  });

  it.each([
    { name: "looks again while it finds any", progress: {}, found: 5, quiet: false },
    { name: "looks once more when it finds none", progress: {}, found: 0, quiet: true },
    {
      name: "looks on when some came late",
      progress: { isQuiet: true },
      found: 1,
      quiet: false,
    },
  ])("$name", async ({ progress, found, quiet }) => {
    const { outcome } = await turn(article, progress, found);
    expect(outcome).toMatchObject({ kind: "wait", progress: { isQuiet: quiet, found } });
  });

  it("is done when nothing came late", async () => {
    expect((await turn(article, { isQuiet: true }, 0)).outcome).toMatchObject({ kind: "succeed" });
  });
});

describe("the reads of an article", () => {
  const rows = Array.from({ length: 2_300 }, (_, index) => ({
    uid: Math.floor(index / 7),
    reader_home: String(index),
    id: "r",
  }));
  const createDatabase = () => {
    const told: number[] = [];
    const sql: Sql = {
      query: async <T extends object>(_text: string, values: SqlValues = []) => {
        const [, , uid, after, id, , count] = values;
        const from = rows.filter(
          (row) =>
            row.uid > Number(uid) ||
            (row.uid === Number(uid) && BigInt(row.reader_home) > BigInt(String(after))) ||
            (row.reader_home === String(after) && row.id > String(id)),
        );
        return from.slice(0, Number(count)) as unknown as T[];
      },
      write: async (_text, values = []) => {
        told.push((values[1] as unknown[]).length);
        return { affected: 0, insertId: 0 };
      },
    };
    return { told, moveReads: createMoveReads(sql) };
  };

  it("are told in pages, each once", async () => {
    const { told, moveReads } = createDatabase();
    const { signal } = new AbortController();
    expect(await moveReads({ aid: 3, from: 5n, home: 9n }, signal)).toBe(2_300);
    expect(told).toEqual([1_000, 1_000, 300]);
  });

  it("are left alone once the step has gone to another", async () => {
    const { told, moveReads } = createDatabase();
    const signal = AbortSignal.abort();
    await expect(moveReads({ aid: 3, from: 5n, home: 9n }, signal)).rejects.toThrow();
    expect(told).toEqual([]);
  });
});

describe("a wanted move", () => {
  const createWorld = (loads: number, running?: string) => {
    const created: NewOperation[] = [];
    const request = createRequestMove({
      global: {
        query: async <T extends object>() => Array(loads).fill({ 1: 1 }) as unknown as T[],
      },
      operations: {
        create: async (wanted) => {
          created.push(wanted);
          const to = running ?? String(wanted.request["to"]);
          return { operation: toOperation({ ...wanted.request, to }), isNew: true };
        },
      },
      toEvent: (contract, event) => toStoredEvent("/functions/test", contract, event),
    });
    return { created, request };
  };
  const wanted = { table: "users", key: 7, from: "5", to: "Hong Kong" } as const;

  it("is an operation of which a key has one at a time", async () => {
    const { created, request } = createWorld(0);
    await request(wanted);
    expect(created).toMatchObject([
      { kind: "move", step: "move", lockName: "move:users:7", request: { ...wanted } },
    ]);
    expect(created[0]?.toEvent(ID)).toMatchObject({ type: "dev.tagenal.row.move-requested.v1" });
  });

  it("is refused while a load is under way, or a move to another place", async () => {
    await expect(createWorld(1).request(wanted)).rejects.toMatchObject({ status: 409 });
    await expect(createWorld(0, "Beijing").request(wanted)).rejects.toMatchObject({ status: 409 });
  });
});
