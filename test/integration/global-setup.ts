/** One real cluster for all integration tests; `inject("cluster")` tells where it is. */
import type { TestProject } from "vitest/node";
import { startTestCluster, type TestCluster } from "./cluster.ts";

declare module "vitest" {
  export interface ProvidedContext {
    cluster: TestCluster;
  }
}

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const { stop, ...cluster } = await startTestCluster();
  project.provide("cluster", cluster);
  return stop;
};
