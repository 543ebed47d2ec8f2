/** Holds that cross each other, over a table of holds and the states of two streams. */
import { describe, expect, it } from "vitest";
import { createDerivedStreams } from "#shared/derived-streams.ts";
import type { Sql, TransactionalSql } from "#shared/sql.ts";
import type { Vtctld } from "#shared/vtctld.ts";

const startStreams = () => {
  const holds = new Set<string>();
  const states = new Map([
    ["article_read", "Running"],
    ["be_read", "Running"],
  ]);
  /** What comes in between, at a call of vtctld. */
  const meanwhile = new Map<string, () => Promise<void>>();
  const interrupt = async (call: string): Promise<void> => {
    const work = meanwhile.get(call);
    meanwhile.delete(call);
    await work?.();
  };
  const sql: Sql = {
    query: async <T>(text: string, [id]: readonly unknown[] = []) => {
      if (text.includes("user_read") || !text.includes("stream_hold")) return [{ n: 1 }] as T[];
      const found = [...holds].filter((hold) => id === undefined || hold === id);
      return found.map((operationId) => ({ operationId })) as T[];
    },
    write: async (text, [id] = []) => {
      if (text.startsWith("insert")) holds.add(String(id));
      else holds.delete(String(id));
      return { affected: 1, insertId: 0 };
    },
  };
  const global: TransactionalSql = { ...sql, transaction: (work) => work(sql) };
  const vtctld = {
    workflows: async () => [...states].map(([name, state]) => ({ name, states: [state] })),
    stopWorkflow: async (_: string, name: string) => {
      await interrupt(`stop ${name}`);
      states.set(name, "Stopped");
    },
    startWorkflow: async (_: string, name: string) => {
      states.set(name, "Running");
      await interrupt(`started ${name}`);
    },
  } as unknown as Vtctld;
  const streams = createDerivedStreams({ global, tagenal: sql, vtctld });
  return { streams, states: () => [...states.values()], meanwhile };
};

describe("the derived streams", () => {
  it("stand still while somebody holds them", async () => {
    const { streams, states } = startStreams();
    await streams.hold("one");
    await streams.hold("other");
    await streams.release("one");
    expect(states()).toEqual(["Stopped", "Stopped"]);
    await streams.release("other");
    expect(states()).toEqual(["Running", "Running"]);
  });

  it("run again where a hold was released while it still stopped them", async () => {
    const { streams, states, meanwhile } = startStreams();
    meanwhile.set("stop be_read", () => streams.release("one"));
    await streams.hold("one");
    expect(states()).toEqual(["Running", "Running"]);
  });

  it("run again where one held and released them while another started them", async () => {
    const { streams, states, meanwhile } = startStreams();
    await streams.hold("one");
    meanwhile.set("started be_read", async () => {
      await streams.hold("other");
      await streams.release("other");
    });
    await streams.release("one");
    expect(states()).toEqual(["Running", "Running"]);
  });
});
