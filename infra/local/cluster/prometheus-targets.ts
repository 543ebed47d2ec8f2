/** The tablets as Prometheus finds them (file_sd), written anew whenever one joins or leaves. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mysqlSocket, type Paths, type Tablet } from "./layout.ts";
import { writeWhole } from "./settings.ts";

export const tabletsFile = (paths: Paths): string => join(paths.prometheus, "tablets.json");
export const mysqldFile = (paths: Paths): string => join(paths.prometheus, "mysqld.json");

const labelsOf = ({ name, keyspace, shard, dataCenter }: Tablet) => ({
  tablet: name,
  keyspace,
  shard,
  data_center: dataCenter,
});

export const writeTargets = async (paths: Paths, tablets: readonly Tablet[]): Promise<void> => {
  const vttablets = tablets.map((tablet) => ({
    targets: [`127.0.0.1:${tablet.webPort}`],
    labels: labelsOf(tablet),
  }));
  const servers = tablets.map((tablet) => ({
    targets: [tablet.name],
    labels: {
      ...labelsOf(tablet),
      // By its socket: over TCP vt_dba may not log in, and needs no password here.
      __param_target: `unix://${mysqlSocket(paths, tablet.uid)}`,
    },
  }));
  await mkdir(paths.prometheus, { recursive: true });
  await writeWhole(tabletsFile(paths), JSON.stringify(vttablets), 0o644);
  await writeWhole(mysqldFile(paths), JSON.stringify(servers), 0o644);
};
