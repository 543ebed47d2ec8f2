/** The guide of infra/kubernetes/README.md; test/cluster gives its commands. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readGuide } from "../cluster/guide.ts";

it("names commands that there are, numbered, few enough to follow", async () => {
  const text = await readFile(join(import.meta.dirname, "../../package.json"), "utf8");
  const { scripts } = JSON.parse(text) as { scripts: Record<string, string> };
  const guide = await readGuide();
  const ours = guide.flatMap((command) => /^npm run (\S+)/.exec(command)?.[1] ?? []);
  expect(ours.length).toBeGreaterThan(2);
  expect(ours.filter((name) => !(name in scripts))).toEqual([]);
});
