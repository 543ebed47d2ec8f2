/** For a suite: a cluster of its own with the sample, and those who ask it for operations under traffic. */
import { afterAll, beforeAll } from "vitest";
import { createVtgate, type Vtgate } from "#shared/vtgate.ts";
import { type StartedCluster, startTestCluster } from "../integration/cluster.ts";
import { createTabletClient, type TabletClient } from "../integration/tablet-client.ts";
import { createUnderTraffic } from "../integration/under-traffic.ts";
import { keepFigures } from "./keep-figures.ts";

export interface SampleCluster {
  readonly cluster: StartedCluster;
  readonly client: TabletClient;
  readonly vtgate: Vtgate;
  /** Does something while somebody writes and reads, and says what became of the rows; keeps the figures. */
  readonly underTraffic: ReturnType<typeof createUnderTraffic>;
}

/** Answers it from `beforeAll` on, where `prepare` may ask for more. */
export const useSampleCluster = (
  prepare: (found: SampleCluster) => Promise<unknown> = async () => undefined,
): (() => SampleCluster) => {
  let found: SampleCluster | undefined;
  const get = (): SampleCluster => {
    if (found === undefined) throw new Error("the cluster has not started");
    return found;
  };
  beforeAll(async () => {
    const cluster = await startTestCluster({ isEmpty: false });
    const vtgate = createVtgate(cluster.vtgateUrl, { connections: 2 });
    const measure = createUnderTraffic(cluster, vtgate);
    const underTraffic: typeof measure = async (work) => {
      const found = await measure(work);
      keepFigures(found.traffic);
      return found;
    };
    found = { cluster, client: createTabletClient(cluster), vtgate, underTraffic };
    await prepare(found);
  });
  afterAll(async () => {
    await found?.vtgate.close();
    await found?.cluster.stop();
  });
  return get;
};
