/**
 * A real cluster with the sample data, for tests that look at its pages. One that serves already can
 * be given by TAGENAL_URL and TAGENAL_TOKEN: it has to have the sample, too.
 */
import type { TestProject } from "vitest/node";
import { startTestCluster } from "../integration/cluster.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** `home`: its folder; empty where that is not told. */
    site: { readonly url: string; readonly token: string; readonly home: string };
  }
}

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const { TAGENAL_URL: given, TAGENAL_TOKEN: token = "", TAGENAL_HOME: home = "" } = process.env;
  if (given !== undefined) {
    project.provide("site", { url: given, token, home });
    return async () => {};
  }
  const cluster = await startTestCluster({ isEmpty: false });
  project.provide("site", { url: cluster.url, token: cluster.token, home: cluster.home });
  return cluster.stop;
};
