import { readView } from "#shared/cluster-view.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createTabletsDriver } from "#shared/tablets-driver.ts";
import { createVtctld } from "#shared/vtctld.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createShowCluster } from "./show-cluster.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url });
const { tagenal } = createVtgate(env.VTGATE_URL);
const vtctld = createVtctld(env.VTCTLD_ADDRESS);
const driver = createTabletsDriver(env.TABLETS_URL);
defineHttpFunction(
  "show-cluster",
  createShowCluster({ readView: () => readView({ vtctld, driver, db: tagenal }) }),
);
