/** Operations on whole data centers: one is lost, or is to be emptied. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  dataCenterEvacuationRequested,
  dataCenterFailoverRequested,
} from "#events/tablet-requests.ts";
import { type ClusterView, hasPrimary, primaryOf } from "#shared/cluster-view.ts";
import { decideRescue, type FailOver } from "#shared/decide-fail-over.ts";
import { createActFailOver, readFailOverView, readPolicies } from "#shared/fail-over-procedure.ts";
import type { Json } from "#shared/operation-rows.ts";
import { parseBody } from "#shared/parse-body.ts";
import { isProblem, Problem } from "#shared/problem.ts";
import { STEP } from "#shared/procedure.ts";
import { evacuate, evacuateStored, failOver, failOverStored } from "#shared/tablet-requests.ts";
import type { TabletsDriver } from "#shared/tablets-port.ts";
import type { Vtctld } from "#shared/vtctld.ts";
import { type CreateKindDeps, createKind, createWake, shardsOf } from "./create-kind.ts";
import { createTakeBackMove } from "./migrate-kind.ts";
import type { OperationKind } from "./run-operations.ts";

export interface DataCenterKindsDeps extends CreateKindDeps {
  readonly vtctld: Vtctld;
  readonly driver: Pick<TabletsDriver, "fence">;
}

const lockOf = (request: Json): string => `data-center:${String(request["dataCenter"])}`;

const SURVIVING = 3;

/** Where the operations themselves are kept. */
const OWN_KEYSPACE = "global";
const RESCUE_MS = 40_000;
const PAUSE_MS = 300;

const checkConfirmed = (confirm: string | undefined, dataCenter: string, why: string): void => {
  if (confirm === dataCenter) return;
  throw new Problem("invalid-request", `confirm: not ${dataCenter}${why}`, { field: "confirm" });
};

const inDataCenter = (view: ClusterView, dataCenter: string) =>
  view.tablets.filter((one) => one.dataCenter === dataCenter);

/** Servers that the tablets port can end: nobody has to be asked whether they have. Pure. */
export const isProvable = (view: ClusterView, dataCenter: string): boolean =>
  inDataCenter(view, dataCenter).every(({ alias }) =>
    view.managed.some((one) => one.alias === alias && one.isFenced !== null),
  );

/** Why the others could not do without it. Pure. */
export const findOrphans = (view: ClusterView, dataCenter: string): string[] =>
  shardsOf(view)
    .filter(
      (shard) =>
        !view.tablets.some(
          (one) => `${one.keyspace}/${one.shard}` === shard && one.dataCenter !== dataCenter,
        ),
    )
    .map((shard) => `${shard} has no server outside ${dataCenter}`);

/**
 * Operations are kept in a keyspace that may have lost its primary too: that one is promoted before
 * anything can be written. Done again it does nothing.
 */
const createPrepare = ({ vtctld, driver, readView }: DataCenterKindsDeps) => {
  /** True once the keyspace takes writes. */
  const rescue = async (
    own: FailOver,
    act: ReturnType<typeof createActFailOver>,
  ): Promise<boolean> => {
    const keyspaces = [OWN_KEYSPACE];
    const view = await readFailOverView(vtctld, await readView(), { keyspaces, promotions: [] });
    const decision = decideRescue(own, view);
    if (decision?.kind === "fail") throw decision.problem;
    if (decision?.kind !== "act") return hasPrimary(view, `${OWN_KEYSPACE}/0`);
    await act(decision.action);
    return false;
  };
  return async (request: Json): Promise<Json> => {
    const stored = failOverStored.parse(request);
    const promoted: Json[] = [...stored.promoted];
    const act = createActFailOver({
      ...{ vtctld, driver },
      add: async () => undefined,
      note: async (promotion) => void promoted.push(promotion),
    });
    const own = { ...stored, id: "", durability: { [OWN_KEYSPACE]: "" } };
    let last = "it has no primary that serves";
    for (const until = Date.now() + RESCUE_MS; Date.now() < until; await sleep(PAUSE_MS)) {
      const isDone = await rescue(own, act).catch((error: unknown) => {
        if (!isProblem(error) || error.status < 500) throw error;
        last = error.message;
        return false;
      });
      if (isDone) return { ...stored, promoted };
    }
    throw new Problem("unavailable", `${OWN_KEYSPACE} cannot be rescued yet, ask again: ${last}`);
  };
};

/** An earlier request may have loosened one already. */
const toUsual = (policies: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(policies).map(([keyspace, policy]) => [
      keyspace,
      policy === "none" ? "semi_sync" : policy,
    ]),
  );

const createFailOverKind = (deps: DataCenterKindsDeps): OperationKind => ({
  parse: (body) => parseBody(failOver, body) as Json,
  check: async (request) => {
    const { dataCenter, confirm } = failOver.parse(request);
    const view = await deps.readView();
    if (!isProvable(view, dataCenter))
      checkConfirmed(confirm, dataCenter, ", and nothing else proves that it writes no more");
    const serving = inDataCenter(view, dataCenter).filter((one) => one.isServing);
    const reasons = [
      ...findOrphans(view, dataCenter),
      ...(serving.length > 0
        ? [`${serving.map(({ name }) => name).join(", ")} still serve: evacuate it instead`]
        : []),
    ];
    const stored = failOverStored.parse({
      ...request,
      durability: toUsual(await readPolicies(deps.vtctld)),
    });
    return {
      reasons,
      request: stored,
      plan: {
        ...stored,
        steps: [
          `keep every server of ${dataCenter} from writing`,
          "promote the survivors",
          "say which writes may be missing",
          "let others join in their place",
        ],
      },
    };
  },
  prepare: createPrepare(deps),
  lockName: lockOf,
  rejectsKey: () => undefined,
  step: STEP,
  toEvent: createWake(deps.toEvent)(dataCenterFailoverRequested),
});

const createEvacuateKind = (deps: DataCenterKindsDeps): OperationKind => {
  const wake = createWake(deps.toEvent);
  return createKind(deps, {
    parse: (body) => parseBody(evacuate, body),
    settle: (request, view) => {
      const { dataCenter, confirm } = request;
      checkConfirmed(confirm, dataCenter, "");
      const own = view.managed.filter((one) => one.dataCenter === dataCenter);
      const headless = shardsOf(view).filter((shard) => primaryOf(view, shard) === undefined);
      return {
        request: evacuateStored.parse(request),
        reasons: [
          ...(own.length === 0 ? [`no server in ${dataCenter} can be stopped from here`] : []),
          ...headless.map((shard) => `${shard} has no primary`),
        ],
        steps: [
          `let servers join elsewhere, until each shard has ${SURVIVING}`,
          "move the primaries",
          `drop ${own.map(({ name }) => name).join(", ")}`,
        ],
      };
    },
    lockName: lockOf,
    toEvent: wake(dataCenterEvacuationRequested),
    more: { toTakeBack: createTakeBackMove(wake) },
  });
};

export const createDataCenterKinds = (
  deps: DataCenterKindsDeps,
): Readonly<Record<string, OperationKind>> => ({
  "fail-over-data-center": createFailOverKind(deps),
  evacuate: createEvacuateKind(deps),
});
