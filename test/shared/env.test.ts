import { describe, expect, it } from "vitest";
import { integer, list, oneOf, optional, readEnv, text, url } from "#shared/env.ts";

describe("readEnv", () => {
  it("gives each key its type and freezes the result", () => {
    const env = readEnv(
      {
        A: text,
        N: integer(5),
        M: integer(),
        X: optional(text),
        U: url,
        L: list,
        O: oneOf("a", "b"),
      },
      { A: "x", M: "7", U: "mysql://u:p@h:1", L: "a:1, b:2", O: "b" },
    );
    expect(env).toEqual({
      A: "x",
      N: 5,
      M: 7,
      X: undefined,
      U: "mysql://u:p@h:1",
      L: ["a:1", "b:2"],
      O: "b",
    });
    expect(Object.isFrozen(env)).toBe(true);
  });

  it("names every bad key in one error", () => {
    const read = () =>
      readEnv(
        { A: text, N: integer(), U: url, O: oneOf("a", "b"), L: list },
        { N: "-1", U: "nope", O: "c", L: " , " },
      );
    expect(read).toThrow(
      "environment: A is missing; N is not a whole number: -1; U is not a URL; O is c, not one of a, b; L is empty",
    );
  });

  it("says that the file of authorities is none, of which Node would only warn", () => {
    const read = (file: string) => () => readEnv({}, { NODE_EXTRA_CA_CERTS: file });
    expect(read("")).not.toThrow();
    const words = "environment: NODE_EXTRA_CA_CERTS is not a file of certificates";
    expect(read("/nowhere/ca.crt")).toThrow(words);
    expect(read(import.meta.filename)).toThrow(words);
  });
});
