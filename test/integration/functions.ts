/** The processes of functions, as the entry runs them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestCluster } from "./cluster.ts";

interface FunctionProcess {
  readonly name: string;
  readonly pid: number | null;
}

/** The process id of a function; undefined where it does not run. */
export const findFunction = async (
  { home }: TestCluster,
  name: string,
): Promise<number | undefined> => {
  const { activator } = JSON.parse(await readFile(join(home, "cluster.json"), "utf8")) as {
    activator: number;
  };
  const response = await fetch(`http://127.0.0.1:${activator}/functions`);
  const found = (await response.json()) as FunctionProcess[];
  return found.find((one) => one.name === name)?.pid ?? undefined;
};
