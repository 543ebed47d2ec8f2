/** Holds over a table of them and the sources of two shards' streams. */
import { describe, expect, it } from "vitest";
import { createDerivedStreams, haveCome } from "#shared/derived-streams.ts";
import type { OperationState } from "#shared/operation-state.ts";
import { passedLoads } from "#shared/passed-loads.ts";
import type { Sql, TransactionalSql } from "#shared/sql.ts";
import type { Vtctld } from "#shared/vtctld.ts";

const UUID = "0b2f7a4e-1111-4111-8111-123456789012";
const SOURCE = 'shard:"-80" filter:"select article_home as home from user_read"';

interface FakeHold {
  serial: number;
  state: OperationState;
  positions: Record<string, string> | null;
}

const createWorld = () => {
  const holds = new Map<string, FakeHold>();
  const operations = new Map<string, FakeHold>(
    ["one", "other"].map((id, index) => [
      id,
      { serial: index + 7, state: "running" as OperationState, positions: null },
    ]),
  );
  const sources = ["article_read", "be_read"].map((workflow) => ({
    ...{ workflow, source: SOURCE, state: "Running" },
  }));
  const did: string[] = [];
  const started: string[] = [];
  const at = { read: 5, written: 5, isLoading: false };
  const sql: Sql = {
    query: async <T>(text: string, [id]: readonly unknown[] = []) => {
      if (text.includes("load_chunk")) return (at.isLoading ? [{}] : []) as T[];
      const found = [...holds].filter(([hold]) => id === undefined || hold === id);
      return found.map(([operationId, hold]) => ({ operationId, ...hold })) as T[];
    },
    write: async (text, [first, second] = []) => {
      const answer = { affected: 1, insertId: 0 };
      if (text.startsWith("insert")) {
        const id = String(first);
        const operation = operations.get(id);
        if (operation !== undefined) holds.set(id, operation);
      } else if (text.startsWith("update")) {
        const hold = holds.get(String(second));
        if (hold !== undefined)
          hold.positions = JSON.parse(String(first)) as Record<string, string>;
      } else holds.delete(String(first));
      return answer;
    },
  };
  const global: TransactionalSql = { ...sql, transaction: (work) => work(sql) };
  const vtctld = {
    workflows: async () =>
      sources.map(({ workflow, state }) => ({ name: workflow, states: [state] })),
    startWorkflow: async (_: string, name: string, shards: readonly string[] = []) => {
      started.push(`${name} on ${shards.join(", ")}`);
      for (const stream of sources) if (stream.workflow === name) stream.state = "Running";
    },
    shards: async () => [{ name: "-80", primary: "beijing-101", isServing: true }],
    execute: async (_: string, text: string) =>
      text.includes("gtid_executed")
        ? [[`${UUID}:1-${at.written}`]]
        : sources.map(({ workflow, source, state }, id) => [
            ...[String(id), workflow, source, `MySQL56/${UUID}:1-${at.read}`],
            ...["", state, "", "vt_tagenal", "0", "1"],
          ]),
    steer: async (_: string, text: string) => {
      for (const [, id, source = ""] of text.matchAll(/when (\d+) then '([^']*)'/g)) {
        const stream = sources[Number(id)];
        if (stream === undefined) continue;
        stream.source = source;
        if (text.includes(", state = 'Stopped' where id in (")) stream.state = "Stopped";
      }
    },
  } as unknown as Vtctld;
  const streams = createDerivedStreams({
    ...{ global, vtctld },
    counts: {
      add: async (serial) => void did.push(`count ${serial}`),
      forget: async (serial) => void did.push(`forget ${serial}`),
    },
    deriveMissing: async (serial) => void did.push(`derive ${serial}`),
    rest: async () => void started.push("rest"),
  });
  const passed = () => sources.map(({ source }) => passedLoads(source));
  const end = (id: string, state: OperationState): void => {
    const operation = operations.get(id);
    if (operation !== undefined) operation.state = state;
  };
  const states = () => sources.map(({ state }) => state);
  return { streams, passed, states, did, started, at, end, sources };
};

describe("the derived streams", () => {
  it("start one by one, with a rest after each: each reads past all that the load wrote", async () => {
    const { streams, states, started, end } = createWorld();
    await streams.hold("one");
    end("one", "succeeded");
    await streams.start();
    expect(started).toEqual(["article_read on -80", "rest", "be_read on -80", "rest"]);
    expect(states()).toEqual(["Running", "Running"]);
  });

  it("pass over the rows of every load that holds them, and of no other", async () => {
    const { streams, passed, end } = createWorld();
    await streams.hold("one");
    await streams.hold("other");
    expect(passed()).toEqual([
      [7, 8],
      [7, 8],
    ]);
    end("one", "succeeded");
    expect(await streams.release("one")).toBe(false);
    end("other", "paused");
    while (!(await streams.release("one")));
    expect(passed()).toEqual([[8], [8]]);
    expect(await streams.isHeld("one")).toBe(false);
    expect(await streams.isHeld("other")).toBe(true);
  });

  it.each<[OperationState, string]>([
    ["running", "Stopped"],
    ["waiting", "Stopped"],
    ["paused", "Running"],
  ])("are not given the rows of a load that is %s, and are then %s", async (state, expected) => {
    const { streams, passed, states, end } = createWorld();
    await streams.hold("one");
    end("one", state);
    expect(await streams.release("one")).toBe(false);
    expect(passed()).toEqual([[7], [7]]);
    expect(states()).toEqual([expected, expected]);
  });

  it("have a load's rows back only once they have read past the last of them", async () => {
    const { streams, passed, at, did, end } = createWorld();
    await streams.hold("one");
    end("one", "succeeded");
    at.written = 9;
    expect(await streams.release("one")).toBe(false);
    // What is written afterwards need not be waited for.
    at.written = 12;
    expect(await streams.release("one")).toBe(false);
    expect(passed()).toEqual([[7], [7]]);
    at.read = 9;
    expect(await streams.release("one")).toBe(true);
    expect(passed()).toEqual([[], []]);
    expect(did).toEqual(["count 7", "forget 7"]);
  });

  it("wait for a chunk under way of a load that was cancelled, then for what it left to be derived", async () => {
    const { streams, at, did, end } = createWorld();
    await streams.hold("one");
    end("one", "cancelled");
    at.isLoading = true;
    expect(await streams.release("one")).toBe(false);
    expect(did).toEqual([]);
    at.isLoading = false;
    while (!(await streams.release("one")));
    expect(did).toEqual(["derive 7", "count 7", "forget 7"]);
  });

  it("count nothing of a load whose rows they derive themselves", async () => {
    const { streams, did, end, sources } = createWorld();
    await streams.hold("one");
    for (const stream of sources) stream.source = SOURCE;
    end("one", "succeeded");
    expect(await streams.release("one")).toBe(true);
    expect(did).toEqual(["forget 7"]);
  });
});

describe("streams on their way", () => {
  const stream = {
    from: "-80",
    state: "Running",
    position: `MySQL56/${UUID}:1-9`,
    isCopying: false,
  };

  it.each([
    ["are there", [stream], true],
    ["are none", [], false],
    ["lack a transaction", [{ ...stream, position: `MySQL56/${UUID}:1-7:9` }], false],
    ["have stopped", [{ ...stream, state: "Error" }], false],
    ["copy", [stream, { ...stream, isCopying: true }], false],
  ])("%s", (_, found, expected) => {
    expect(haveCome(found, { "-80": `${UUID}:1-8` })).toBe(expected);
  });
});
