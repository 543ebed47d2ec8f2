import { describe, expect, it } from "vitest";
import { toOwn, toShared } from "#infra/local/cluster/mysql-template.ts";

const config = (folder: string, name: string, id: number): string => `[mysqld]
datadir = ${folder}/data
log-bin = ${folder}/bin-logs/${name}-bin
relay-log-index =  ${folder}/relay-logs/${name}-relay-bin.index
port = 15702
server-id = ${id}
socket = /home/me/run/m101
`;

describe("the my.cnf of a copied server", () => {
  const made = config("/cache/making/vt_0000000101", "vt-0000000101", 1401364282);

  it("keeps nothing of the server that it was made of but ports and sockets", () => {
    const shared = toShared(made, "/cache/making/vt_0000000101");
    expect(shared).not.toMatch(/0000000101|1401364282|making/);
  });

  it("is as if the server had been made there, with an id of its own", () => {
    const shared = toShared(made, "/cache/making/vt_0000000101");
    expect(toOwn(shared, "/home/me/vt/vt_0000000203", 7)).toBe(
      config("/home/me/vt/vt_0000000203", "vt-0000000203", 7),
    );
  });
});
