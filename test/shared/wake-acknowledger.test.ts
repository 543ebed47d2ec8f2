import { describe, expect, it } from "vitest";
import { createWakeAcknowledger } from "#shared/wake-acknowledger.ts";

const UUID = "0e8e-next";

/** Two replicas of a primary, one of which is the next primary. */
const createServers = () => {
  const asked: string[] = [];
  const state = { isTurningOff: false };
  const execute = async (alias: string, sql: string) => {
    asked.push(`${alias}: ${sql}`);
    if (/server_uuid/.test(sql)) return [[UUID]];
    if (/^kill/.test(sql) || !state.isTurningOff) return [];
    return sql.includes(`<> '${UUID}'`) ? [["42"]] : [["41"], ["42"]];
  };
  return { asked, state, execute };
};

describe("the second that MySQL sleeps when a primary hands over", () => {
  it("is cut short once semi-sync is turned off, by ending another replica's connection", async () => {
    const { asked, state, execute } = createServers();
    const wake = createWakeAcknowledger({ execute }, { from: "old", to: "next" });
    await wake();
    expect(asked.filter((one) => one.includes("kill"))).toEqual([]);
    state.isTurningOff = true;
    await wake();
    await wake();
    expect(asked.filter((one) => one.includes("kill"))).toEqual(["old: kill 42"]);
  });
});
