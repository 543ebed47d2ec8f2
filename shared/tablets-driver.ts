/** The driver of the tablets port that a cluster has. */
import { Problem } from "./problem.ts";
import { createTabletsKubernetes } from "./tablets-kubernetes.ts";
import type { TabletsDriver } from "./tablets-port.ts";
import { createTabletsProcess } from "./tablets-process.ts";

export type { TabletsDriver };

/** For a cluster whose servers are somebody else's to start and stop. */
const noDriver: TabletsDriver = (() => {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new Problem("conflict", "the servers of this cluster are not managed from here"),
    );
  return {
    list: async () => [],
    usage: async () => [],
    add: refuse,
    rebuild: refuse,
    fence: refuse,
    remove: refuse,
  };
})();

/**
 * unix:/path/to/socket of a supervisor on this machine, kubernetes:NAMESPACE/NAME of a VitessCluster
 * that the Vitess operator runs, or none:.
 */
export const createTabletsDriver = (address: string): TabletsDriver => {
  const { protocol, pathname } = new URL(address);
  if (protocol === "unix:") return createTabletsProcess(decodeURIComponent(pathname));
  if (protocol === "kubernetes:") return createTabletsKubernetes(decodeURIComponent(pathname));
  if (protocol === "none:") return noDriver;
  throw new Error(`TABLETS_URL: not unix:, kubernetes: or none: but ${protocol}`);
};
