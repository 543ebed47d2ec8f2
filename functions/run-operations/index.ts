import { readView, splitShard } from "#shared/cluster-view.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createLoadLedger } from "#shared/load-ledger.ts";
import { readParts } from "#shared/load-ledger-reads.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { readBusy, readStepTimes } from "#shared/operation-rows.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { readWholeBackups } from "#shared/shard-backups.ts";
import { createTabletsDriver } from "#shared/tablets-driver.ts";
import { createVtctld } from "#shared/vtctld.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createLoadKind } from "./load-kind.ts";
import { createRankKind } from "./rank-kind.ts";
import { createRunOperations } from "./run-operations.ts";
import { createServerKinds } from "./server-kinds.ts";
import { createUploads } from "./uploads.ts";

const env = readEnv({
  VTGATE_URL: url,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  VTCTLD_ADDRESS: text,
  TABLETS_URL: url,
  K_SINK: url,
});
const { global, tagenal } = createVtgate(env.VTGATE_URL);
const objects = createObjectStore(env);
const { operations, redirect, toEvent } = createOperationKit("run-operations", {
  db: global,
  sink: env.K_SINK,
});
const vtctld = createVtctld(env.VTCTLD_ADDRESS);
const driver = createTabletsDriver(env.TABLETS_URL);
const routes = createRunOperations({
  operations,
  redirect,
  kinds: {
    load: createLoadKind({ objects, toEvent, readBusy: () => readBusy(global) }),
    rank: createRankKind({ toEvent }),
    ...createServerKinds({
      ...{ toEvent, vtctld, driver },
      readView: () => readView({ vtctld, db: tagenal, driver }),
      readBusy: () => readBusy(global),
      readPlacement: () => readPlacement(global),
      readServing: async () =>
        (await tagenal.query<{ Shards: string }>("show vitess_shards")).map(({ Shards }) => Shards),
      readBackups: (name) => {
        const { keyspace, shard } = splitShard(name);
        return readWholeBackups(vtctld, objects, keyspace, shard);
      },
    }),
  },
  readSteps: (operationId) => readStepTimes(global, operationId),
  readTally: createLoadLedger(global).tally,
  readParts: (operationId) => readParts(global, operationId),
  presignGet: objects.presignGet,
  uploads: createUploads({ objects }),
});
defineHttpFunction("run-operations", routes);
