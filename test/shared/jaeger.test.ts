import { describe, expect, it } from "vitest";
import { type Span, toTree } from "#shared/jaeger.ts";

const span = (id: string, parent: string | undefined, start: number): Span => ({
  ...{ id, parent, start, service: "entry", name: id },
  microseconds: 1,
  tags: {},
});

describe("a trace", () => {
  it("is a tree, in the order in which its spans began; what nobody of it caused is outermost", () => {
    const spans = [
      span("late", "root", 30),
      span("leaf", "early", 25),
      span("root", "the caller's", 10),
      span("early", "root", 20),
    ];
    expect(toTree(spans).map(({ depth, span: { name } }) => `${depth} ${name}`)).toEqual([
      "0 root",
      "1 early",
      "2 leaf",
      "1 late",
    ]);
  });
});
