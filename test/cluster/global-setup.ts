/** One Kubernetes cluster with everything on it for all tests there. */
import type { TestProject } from "vitest/node";
import { startDeployment } from "./deployment.ts";
import { findKubernetes } from "./node.ts";

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const { kubernetes, stop } = await findKubernetes();
  try {
    project.provide("kubernetes", kubernetes);
    const deployment = await startDeployment(kubernetes);
    project.provide("cluster", deployment.cluster);
    project.provide("authority", deployment.authority);
    return async () => {
      await deployment.stop();
      await stop();
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
