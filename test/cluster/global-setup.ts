/** One Kubernetes cluster for all tests on it. */
import type { TestProject } from "vitest/node";
import { findKubernetes } from "./node.ts";

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const { kubernetes, stop } = await findKubernetes();
  project.provide("kubernetes", kubernetes);
  return stop;
};
