/** The operations on tablets and shards: what they are asked with, and why they could not run. */
import {
  backupRequested,
  standbyPromotionRequested,
  tabletDropRequested,
  tabletHealRequested,
  tabletJoinRequested,
} from "#events/tablet-requests.ts";
import {
  type ClusterView,
  candidates,
  findBefore,
  inShard,
  isHealthyReplica,
  isUseful,
  pickDonor,
  pickForBackup,
  primaryOf,
  shardName,
  type TabletView,
} from "#shared/cluster-view.ts";
import { noDonor } from "#shared/decide-join.ts";
import { parseBody } from "#shared/parse-body.ts";
import { Problem } from "#shared/problem.ts";
import {
  backUp,
  backUpStored,
  dropStored,
  dropTablet,
  healStored,
  healTablet,
  joinStored,
  joinTablet,
  promoteStandby,
  promoteStored,
  restore,
  restoreStored,
} from "#shared/tablet-requests.ts";
import {
  type CreateKindDeps,
  checkShard,
  createKind,
  createWake,
  findTablet,
  shardsOf,
} from "./create-kind.ts";
import type { OperationKind } from "./run-operations.ts";

export interface TabletKindsDeps extends CreateKindDeps {
  /** Names of a shard's whole backups, the oldest first. */
  readonly readBackups: (shard: string) => Promise<readonly string[]>;
}

/** Durability `semi_sync` elects a new primary after a loss only if two others are left. */
const FEWEST = 3;

/** The shard with the fewest useful tablets in the data center, then of all. Pure. */
export const findNeediest = (view: ClusterView, dataCenter: string): string => {
  const rank = (shard: string): readonly [number, number] => {
    const useful = inShard(view, shard).filter(isUseful);
    return [useful.filter((tablet) => tablet.dataCenter === dataCenter).length, useful.length];
  };
  const [first] = shardsOf(view).sort((one, other) => {
    const [near, all] = rank(one);
    const [otherNear, otherAll] = rank(other);
    return near - otherNear || all - otherAll;
  });
  if (first === undefined) throw new Problem("unavailable", "no shard has a tablet");
  return first;
};

/** Why a tablet cannot just go. Pure. */
export const findLosses = (view: ClusterView, tablet: TabletView): string[] => {
  const shard = shardName(tablet);
  const left = inShard(view, shard).filter((one) => one.name !== tablet.name && isUseful(one));
  const reasons: string[] = [];
  if (left.length < FEWEST)
    reasons.push(
      `${shard} would have ${left.length} healthy tablets left, and needs ${FEWEST} to survive the loss of one`,
    );
  if (!left.some(({ dataCenter }) => dataCenter === tablet.dataCenter))
    reasons.push(`it is the last healthy one of ${shard} in ${tablet.dataCenter}`);
  return reasons;
};

/** Why a primary cannot go, even if it is forced to: nobody is there to hand over to. Pure. */
const findHeirs = (view: ClusterView, tablet: TabletView, isReplaced: boolean): string[] => {
  const shard = shardName(tablet);
  const isAlone = !inShard(view, shard).some(isHealthyReplica);
  return tablet.type === "PRIMARY" && isAlone && !isReplaced
    ? [`${tablet.name} is the primary of ${shard}, and no healthy replica can take over`]
    : [];
};

/** Why a tablet cannot go where tablets leave in an order. Pure. */
const findOrder = (view: ClusterView, name: string, isReplaced: boolean): string[] => {
  const before = findBefore(view, name);
  if (before !== undefined)
    return [`${name} leaves only after ${before}: here the last to join is the first to leave`];
  const isRanked = view.managed.some((one) => one.name === name && one.rank !== undefined);
  return isRanked && isReplaced
    ? [`whoever replaced ${name} would have to leave before it: let one join elsewhere, or heal it`]
    : [];
};

const ARRIVAL = ["start its MySQL", "copy the data", "catch up", "serve"];

export const createTabletKinds = (
  deps: TabletKindsDeps,
): Readonly<Record<string, OperationKind>> => {
  const wake = createWake(deps.toEvent);
  return {
    "join-tablet": createKind(deps, {
      parse: (body) => parseBody(joinTablet, body),
      settle: (request, view) => {
        const { dataCenter, shard = findNeediest(view, dataCenter) } = request;
        checkShard(view, shard);
        const donor = pickDonor(view, shard, dataCenter);
        return {
          request: joinStored.parse({ ...request, shard }),
          reasons: donor === undefined ? [noDonor(shard)] : [],
          steps: ARRIVAL,
        };
      },
      toEvent: wake(tabletJoinRequested),
    }),
    "drop-tablet": createKind(deps, {
      parse: (body) => {
        const request = parseBody(dropTablet, body);
        if (request.confirm === request.tablet) return request;
        throw new Problem("invalid-request", "confirm: not the name of the tablet", {
          field: "confirm",
        });
      },
      settle: (request, view) => {
        const tablet = findTablet(view, request.tablet, "tablet");
        const isSafe = request.replace || request.force;
        return {
          request: dropStored.parse({ ...request, shard: shardName(tablet) }),
          reasons: [
            ...findOrder(view, tablet.name, request.replace),
            ...findHeirs(view, tablet, request.replace),
            ...(isSafe ? [] : findLosses(view, tablet)),
          ],
          steps: [
            ...(request.replace ? ["let another join"] : []),
            ...(tablet.type === "PRIMARY" ? ["hand over to another primary"] : []),
            ...["send it no more reads", "stop it", "free its storage", "forget it"],
          ],
        };
      },
      toEvent: wake(tabletDropRequested),
    }),
    "promote-standby": createKind(deps, {
      parse: (body) => parseBody(promoteStandby, body),
      settle: (request, view) => {
        const { shard } = request;
        checkShard(view, shard);
        const primary = primaryOf(view, shard);
        const [best] = candidates(view, shard, primary?.dataCenter ?? "");
        const chosen = request.to === undefined ? best : findTablet(view, request.to, "to");
        if (chosen === undefined)
          throw new Problem("conflict", `${shard} has no healthy replica to promote`);
        const reasons: string[] = [];
        if (shardName(chosen) !== shard) reasons.push(`${chosen.name} is not a tablet of ${shard}`);
        else if (chosen.type !== "PRIMARY" && !isHealthyReplica(chosen))
          reasons.push(`${chosen.name} is not a healthy replica`);
        return {
          request: promoteStored.parse({ ...request, to: chosen.name }),
          reasons,
          steps: [`${primary?.name ?? "nobody"} hands over to ${chosen.name}`],
        };
      },
      toEvent: wake(standbyPromotionRequested),
    }),
    "back-up": createKind(deps, {
      parse: (body) => parseBody(backUp, body),
      settle: (request, view) => {
        const { shard } = request;
        checkShard(view, shard);
        const tablet = pickForBackup(view, shard);
        if (tablet === undefined)
          throw new Problem("conflict", `${shard} has no replica that could be spared for a while`);
        return {
          request: backUpStored.parse({ ...request, tablet }),
          reasons: [],
          steps: [`${tablet} stops serving`, "copy its files", "serve again", "clear old backups"],
        };
      },
      toEvent: wake(backupRequested),
    }),
    restore: createKind(deps, {
      parse: (body) => parseBody(restore, body),
      settle: async (request, view) => {
        const { shard } = request;
        checkShard(view, shard);
        const known = await deps.readBackups(shard);
        const backup = request.backup ?? known.at(-1);
        if (backup === undefined) throw new Problem("conflict", `${shard} has no backup`);
        if (!known.includes(backup))
          throw new Problem(
            "invalid-request",
            `backup: there is no ${backup}, only ${known.join(", ")}`,
            { field: "backup" },
          );
        return {
          request: restoreStored.parse({ ...request, backup }),
          reasons: [],
          steps: ["start its MySQL", "fetch the backup", "catch up", "serve"],
        };
      },
      toEvent: wake(tabletJoinRequested),
    }),
    "heal-tablet": createKind(deps, {
      parse: (body) => parseBody(healTablet, body),
      settle: (request, view) => {
        const tablet = findTablet(view, request.tablet, "tablet");
        const isPrimary = tablet.type === "PRIMARY";
        return {
          request: healStored.parse({ ...request, shard: shardName(tablet) }),
          reasons: isPrimary ? [`${tablet.name} is a primary: promote another first`] : [],
          steps: ["send it no more reads", "stop it", "remove its data", ...ARRIVAL],
        };
      },
      toEvent: wake(tabletHealRequested),
    }),
  };
};
