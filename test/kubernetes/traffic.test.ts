/** Which revision serves before, during and after a deployment. */
import { describe, expect, it } from "vitest";
import {
  besideServing,
  findServing,
  servingState,
  toLatest,
  toPrevious,
} from "#infra/kubernetes/traffic.ts";

const state = (...traffic: object[]) =>
  servingState.parse({
    metadata: { name: "query-users" },
    spec: { template: { spec: { containers: [{ image: "dev.local/query-users:1" }] } } },
    status: { traffic },
  });

const serving = { revisionName: "query-users-1", percent: 100 };

describe("a deployment", () => {
  it("knows the revision that serves, and that nothing does before the first", () => {
    expect(findServing(state({ revisionName: "query-users-2", percent: 0 }, serving))).toBe(
      "query-users-1",
    );
    expect(findServing(state())).toBeUndefined();
  });

  it("starts the new revision beside the one that serves", () => {
    expect(besideServing("query-users-1")).toEqual([
      { revisionName: "query-users-1", percent: 100 },
      { latestRevision: true, percent: 0, tag: "candidate" },
    ]);
  });

  it("sends all to the new one, and keeps the earlier within reach", () => {
    expect(toLatest(state(serving), "query-users-2")).toEqual([
      { latestRevision: true, percent: 100 },
      { revisionName: "query-users-1", percent: 0, tag: "previous" },
    ]);
  });

  it("of what is there already keeps the way back", () => {
    const previous = { revisionName: "query-users-0", percent: 0, tag: "previous" };
    expect(toLatest(state(serving, previous), "query-users-1")).toEqual([
      { latestRevision: true, percent: 100 },
      previous,
    ]);
    expect(toLatest(state(serving), "query-users-1")).toHaveLength(1);
  });
});

describe("a rollback", () => {
  it("sends all to the earlier revision, once", () => {
    const previous = { revisionName: "query-users-0", tag: "previous" };
    const after = toPrevious(state(serving, previous));
    expect(after).toEqual([{ revisionName: "query-users-0", percent: 100 }]);
    expect(() => toPrevious(state(...after))).toThrow("query-users has no earlier revision");
  });
});
