/**
 * The API against its own document: schemathesis asks everything that the document allows and much
 * that it does not, with a fixed seed, and finds no error of the server, no status, header, type or
 * body that is not described, and nothing taken that the document refuses.
 */
import { describe, expect, inject, it } from "vitest";
import { testContract } from "./schemathesis.ts";

const site = inject("site");

describe("the API", () => {
  it.each([
    { name: "at the edges of every parameter and body", args: ["--phases", "examples,coverage"] },
    { name: "asked at random", args: ["--phases", "fuzzing", "--max-examples", "20"] },
  ])("keeps to its document $name", async ({ args }) => {
    const { code, output } = await testContract(site, args);
    expect(output).toMatch(/[1-9]\d* generated/);
    expect(code, output).toBe(0);
  });
});
