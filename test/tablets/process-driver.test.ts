import { describe, expect, it } from "vitest";
import { toManaged } from "#shared/tablets-process.ts";

const made = {
  ...{ name: "beijing-104", alias: "beijing-0000000104", dataCenter: "beijing" },
  ...{ keyspace: "tagenal", shard: "-80", madeBy: "op" },
  ...{ isLeaving: false, isEmptying: false, isFenced: false, warning: null },
};
const mysql = (state: string, restarts: number) => [
  { name: "beijing-104/mysql", state, restarts, lastExit: "exit 1" },
];

describe("a server of this machine that does not come up", () => {
  it("is in no trouble while it is tried again", () => {
    expect(toManaged({ ...made, processes: mysql("waiting", 4) }).trouble).toBeNull();
    expect(toManaged({ ...made, processes: mysql("running", 9) }).trouble).toBeNull();
  });

  it("is told with what it ended", () => {
    expect(toManaged({ ...made, processes: mysql("waiting", 5) }).trouble).toBe(
      "beijing-104/mysql ended 5 times, last with exit 1",
    );
  });

  it("is told together with a disk that is full", () => {
    const warning = "The disk of /home has 1 MiB left.";
    expect(toManaged({ ...made, warning, processes: mysql("waiting", 5) }).trouble).toBe(
      "beijing-104/mysql ended 5 times, last with exit 1. The disk of /home has 1 MiB left.",
    );
    expect(toManaged({ ...made, warning, processes: mysql("running", 0) }).trouble).toBeNull();
  });

  it("is not in trouble where it was fenced off", () => {
    const processes = mysql("stopped", 7);
    expect(toManaged({ ...made, isFenced: true, processes }).trouble).toBeNull();
  });
});
