import { describe, expect, it } from "vitest";
import type { Operation } from "#shared/operation-rows.ts";
import { Problem } from "#shared/problem.ts";
import { createRunProcedure, type Procedure } from "#shared/procedure.ts";
import type { Outcome } from "#shared/step-outcome.ts";
import type { WorkOnStep } from "#shared/work-on-step.ts";

/** Three servers that are to join one after the other; what is done is seen in `servers` alone. */
const createWorld = () => {
  const world = { servers: 0, time: 0, answers: true, turns: 0 };
  const procedure: Procedure<number, "add"> = {
    longestMs: 60_000,
    observe: async () => {
      if (!world.answers) throw new Problem("unavailable", "vtctld did not do GetTablets");
      return world.servers;
    },
    decide: (_operation, servers) =>
      servers === 3
        ? { kind: "done", result: { servers } }
        : { kind: "act", phase: `server ${servers + 1}`, action: "add" },
    act: async () => {
      world.servers += 1;
    },
  };
  let outcome: Outcome | undefined;
  const workOnStep: WorkOnStep = async (_id, work) => {
    const operation = { id: "1", createdAt: 0, progress: {} } as unknown as Operation;
    outcome = await work({
      lease: { operation, step: "run", fence: 1 },
      signal: new AbortController().signal,
      report: () => undefined,
    });
  };
  const run = createRunProcedure({
    workOnStep,
    now: () => world.time,
    pause: async (ms) => {
      world.time += ms;
    },
  });
  /** As the broker and the sweep do: until it has ended, whoever died on the way. */
  const untilEnded = async (given: typeof procedure): Promise<Outcome | undefined> => {
    for (world.turns = 1; world.turns < 1_000; world.turns += 1) {
      await run("1", given).catch(() => undefined);
      if (outcome !== undefined && outcome.kind !== "wait") return outcome;
      world.time += 500;
    }
    return outcome;
  };
  return { world, procedure, untilEnded };
};

describe("an operation on the cluster", () => {
  it("goes through its phases to what was seen at the end", async () => {
    const { procedure, untilEnded } = createWorld();
    const outcome = await untilEnded(procedure);
    expect(outcome).toMatchObject({
      kind: "succeed",
      result: {
        servers: 3,
        phases: [{ name: "server 1" }, { name: "server 2" }, { name: "server 3" }],
      },
    });
  });

  it.each([0, 1, 2, 3])(
    "does nothing twice where its function dies after %i acts",
    async (acts) => {
      const { world, procedure, untilEnded } = createWorld();
      let died = false;
      const observe = async (operation: Operation) => {
        if (world.servers === acts && !died) {
          died = true;
          throw new Error("killed");
        }
        return procedure.observe(operation);
      };
      expect(await untilEnded({ ...procedure, observe })).toMatchObject({ kind: "succeed" });
      expect(world).toMatchObject({ servers: 3, turns: 2 });
    },
  );

  it("waits for a part of the cluster that does not answer, and goes on with it", async () => {
    const { world, procedure, untilEnded } = createWorld();
    world.answers = false;
    const observe = async (operation: Operation) => {
      world.answers = world.time > 20_000;
      return procedure.observe(operation);
    };
    expect(await untilEnded({ ...procedure, observe })).toMatchObject({ kind: "succeed" });
    expect(world.turns).toBeGreaterThan(1);
  });

  it("fails where that lasts too long, and says what it waited for", async () => {
    const { world, procedure, untilEnded } = createWorld();
    world.answers = false;
    const outcome = await untilEnded(procedure);
    expect(outcome?.kind === "fail" && outcome.problem.message).toBe(
      "not done after 60 s: vtctld did not do GetTablets",
    );
    expect(world.servers).toBe(0);
  });

  it("takes back what it has done where a server does not come up", async () => {
    const { procedure, untilEnded } = createWorld();
    const problem = new Problem("internal", "beijing-104 does not come up: exit 1");
    const event = { type: "taken-back" } as never;
    const outcome = await untilEnded({
      ...procedure,
      decide: (operation, servers) =>
        servers === 2 ? { kind: "fail", problem } : procedure.decide(operation, servers),
      takeBack: () => ({ step: "take-back", event }),
    });
    expect(outcome).toMatchObject({ kind: "next", step: "take-back", progress: { problem } });
  });
});
