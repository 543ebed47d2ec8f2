import { createFunctionChanges } from "#shared/cache-kit.ts";
import { list, readEnv, text, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createCheckLinked } from "#shared/linked-media.ts";
import { createMediaStore } from "#shared/media-store.ts";
import { createRequestMove } from "#shared/moves.ts";
import { createOperationKit } from "#shared/operation-kit.ts";
import { createOwners } from "#shared/owners.ts";
import { readPlacement } from "#shared/placement-store.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createOnce } from "#shared/write-once.ts";
import { createWriteArticles } from "./write-articles.ts";

const env = readEnv({
  VTGATE_URL: url,
  REDIS_NODES: list,
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  K_SINK: url,
});
const { tagenal, global } = createVtgate(env.VTGATE_URL);
const placement = () => readPlacement(global);
const { operations, toEvent } = createOperationKit("write-articles", {
  db: global,
  sink: env.K_SINK,
});

const routes = createWriteArticles({
  owners: createOwners({ tagenal, global, placement }, "articles"),
  once: createOnce(global),
  checkFields: createCheckLinked(createMediaStore(env)),
  requestMove: createRequestMove({ global, operations, toEvent }),
  changes: createFunctionChanges("write-articles", env),
  placement,
});
defineHttpFunction("write-articles", routes);
