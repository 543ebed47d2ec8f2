import { dataCenterFailoverRequested } from "#events/tablet-requests.ts";
import {
  decideFailOver,
  type FailOverAction,
  type FailOverView,
} from "#shared/decide-fail-over.ts";
import { readEnv, text, url } from "#shared/env.ts";
import { defineEventFunction, onEvent } from "#shared/event-function.ts";
import { createActFailOver, KEYSPACES, readFailOverView } from "#shared/fail-over-procedure.ts";
import { readFacts, record } from "#shared/operation-rows.ts";
import { createTabletTools } from "#shared/tablet-function.ts";
import { failOverStored } from "#shared/tablet-requests.ts";

const env = readEnv({ VTGATE_URL: url, VTCTLD_ADDRESS: text, TABLETS_URL: url, K_SINK: url });
const tools = createTabletTools("fail-over-data-center", env);
const { vtctld, global } = tools;
/** In the operation's history. */
const PROMOTING = "promoting";

const failOver = tools.handle<FailOverAction, FailOverView>({
  longestMs: 24 * 60 * 60_000,
  extend: async (view, { id, request }) => {
    const { promoted } = failOverStored.parse(request);
    const promotions = [...promoted, ...(await readFacts(global, id, PROMOTING))];
    return readFailOverView(vtctld, view, { keyspaces: KEYSPACES, promotions });
  },
  decide: ({ id, request }, view) => decideFailOver({ id, ...failOverStored.parse(request) }, view),
  act: (action, { id }) => {
    const note = async (promotion: object): Promise<void> => {
      await record(global, id, Date.now(), PROMOTING, { ...promotion });
    };
    return createActFailOver({ ...tools, note })(action);
  },
});
defineEventFunction("fail-over-data-center", [onEvent(dataCenterFailoverRequested, failOver)]);
