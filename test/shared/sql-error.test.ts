import { describe, expect, it } from "vitest";
import { isProblem } from "#shared/problem.ts";
import { isDuplicateKey, isPassingProblem, shorten, toSqlError } from "#shared/sql-error.ts";

const failure = (message: string, more: object = {}) => Object.assign(new Error(message), more);

describe("sql-error", () => {
  it.each([
    failure("", { code: "ECONNREFUSED" }),
    failure("Connection lost", { code: "PROTOCOL_CONNECTION_LOST" }),
    failure("Deadlock found when trying to get lock", { errno: 1213 }),
    failure("target: tagenal.-80.primary: no healthy tablet available for 'x'", { errno: 1105 }),
    failure(
      "target: tagenal.-80.primary: inconsistent state detected, primary is serving but initially found no available tablet",
      { errno: 1105 },
    ),
    failure("vttablet: rpc error: code = Unavailable desc = connection error", { errno: 1105 }),
    failure("target: tagenal.-80.primary: vttablet: rpc error: code = ClusterEvent", {
      errno: 1105,
    }),
    failure("VT13001: [BUG] unexpected 'autocommitted' state in transaction", { errno: 1105 }),
    failure("The MySQL server is running with the --super-read-only option", { errno: 1290 }),
  ])("asks for another try after $message", (error) => {
    expect(isPassingProblem(toSqlError(error))).toBe(true);
  });

  it.each([
    failure("VT03005: cannot group on 'x'", { errno: 1056 }),
    failure("Data too long for column 'name'", { errno: 1406 }),
    failure("code = Aborted desc = caller id: x: row count exceeded 10000", { errno: 1317 }),
    failure('syntax error at position 8: Sql: "select 1 where no healthy tablet"'),
  ])("leaves $message a bug", (error) => {
    expect(isProblem(toSqlError(error))).toBe(false);
  });

  it("does not try again what is too large for a message", () => {
    const message =
      "rpc error: code = ResourceExhausted desc = grpc: trying to send message larger than max";
    expect(toSqlError(failure(message, { errno: 1153 }))).toMatchObject({ code: "too-large" });
  });

  it("tells callers that nobody serves, and not who or where", () => {
    const result = toSqlError(
      failure("connect ECONNREFUSED 10.1.2.3:3306", { code: "ECONNREFUSED" }),
    );
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({
      status: 503,
      detail: "the database is not available",
    });
    expect((result as Error).message).toContain("10.1.2.3");
  });

  it("knows a duplicate key", () => {
    const result = toSqlError(failure("Duplicate entry 'x' for key 'PRIMARY'", { errno: 1062 }));
    expect(isDuplicateKey(result)).toBe(true);
    expect(isDuplicateKey(new Error("x"))).toBe(false);
  });

  it.each([
    ["Duplicate entry '1-O'Neil' for key 'user.by_uid'", "Duplicate entry '…'"],
    ["Incorrect integer value: 'Li' for column 'uid' at row 1", "Incorrect integer value: '…'"],
    ["syntax error at position 33 near 'Li'", "syntax error at position 33 near '…'"],
    ["Lost connection (errno 2013) during query: select 'Li'", "Lost connection (errno 2013)"],
  ])("takes out of %j what may be somebody's", (message, expected) => {
    expect(shorten(message)).toMatch(expected);
    expect(shorten(message)).not.toMatch(/Li|Neil/);
  });

  it("cuts the statement that vtgate quotes, in the message and in what carries it", () => {
    const text = `Data too long (errno 1406): Sql: "insert into user values ${"x".repeat(9999)}"`;
    expect(shorten(text)).toBe("Data too long (errno 1406)");
    const result = toSqlError(failure(text, { errno: 1406, sql: "x".repeat(9999) }));
    expect(JSON.stringify(result, Object.getOwnPropertyNames(result)).length).toBeLessThan(3_000);
    expect(result).not.toHaveProperty("sql");
    expect(shorten("y".repeat(9999)).length).toBeLessThan(400);
  });
});
