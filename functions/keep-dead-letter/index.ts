import { readEnv, url } from "#shared/env.ts";
import { defineEventFunction, onAnyEvent } from "#shared/event-function.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { createKeepDeadLetter } from "./keep-dead-letter.ts";

const env = readEnv({ VTGATE_URL: url });
const { global } = createVtgate(env.VTGATE_URL);
defineEventFunction("keep-dead-letter", [onAnyEvent(createKeepDeadLetter({ db: global }))]);
