import { ping } from "#events/contract.ts";
import { readView } from "#shared/cluster-view.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { createTabletsDriver } from "#shared/tablets-driver.ts";
import { createVtctld } from "#shared/vtctld.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createWatchTablets } from "./watch-tablets.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const { global, tagenal } = createVtgate(env.VTGATE_URL);
const { operations, toEvent, log } = createOperationKit("watch-tablets", {
  db: global,
  sink: env.K_SINK,
});
const vtctld = createVtctld(env.VTCTLD_ADDRESS);
const driver = createTabletsDriver(env.TABLETS_URL);
const watchTablets = createWatchTablets({
  db: global,
  readView: () => readView({ vtctld, driver, db: tagenal }),
  ...{ operations, driver, vtctld, toEvent, log },
});
defineEventFunction("watch-tablets", [onEvent(ping, watchTablets)]);
