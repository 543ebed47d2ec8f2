import { rowsChanged } from "#events/rows-changed.ts";
import { createFunctionCache } from "#shared/cache-kit.ts";
import { list, readEnv } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createInvalidateCache } from "./invalidate-cache.ts";

const env = readEnv({ REDIS_NODES: list });
const cache = createFunctionCache("invalidate-cache", env.REDIS_NODES);
const invalidateCache = createInvalidateCache({ cache });

defineEventFunction("invalidate-cache", [onEvent(rowsChanged, invalidateCache)]);
