/**
 * The tablets of the local cluster, which come and go while it runs. What is wanted is written to
 * cluster.json before anything is done about it, so that a supervisor that dies on the way goes on
 * where it was; asking twice for the same thing does it once.
 */
import { rm } from "node:fs/promises";
import type { Context } from "./context.ts";
import type { Account } from "./launch.ts";
import {
  type DataCenter,
  dataCenters,
  MOST_TABLETS,
  type Paths,
  type Tablet,
  type TabletPlace,
  tabletFolder,
  toPorts,
} from "./layout.ts";
import { writeTargets } from "./prometheus-targets.ts";
import { type KeptTablet, type Settings, writeSettings } from "./settings.ts";
import type { Supervisor, UnitStatus } from "./supervisor.ts";
import { mysqlUnit, vttabletUnit } from "./tablet-units.ts";
import { createUsageReader, type TabletUsage } from "./tablet-usage.ts";

export interface NewTablet {
  /** Who asks, for example an operation's id: the same one gets the same tablet. */
  readonly by: string;
  readonly dataCenter: DataCenter;
  readonly keyspace: string;
  readonly shard: string;
  /** Alias of the tablet to copy from; none where the shard has no data yet. */
  readonly donor?: string | undefined;
  /** Name of the backup to begin with instead of a copy. */
  readonly backup?: string | undefined;
}

export interface FleetTablet {
  readonly name: string;
  readonly alias: string;
  readonly dataCenter: DataCenter;
  readonly keyspace: string;
  readonly shard: string;
  readonly madeBy: string | null;
  readonly isLeaving: boolean;
  readonly isEmptying: boolean;
  readonly isFenced: boolean;
  /** That its disk runs short, and what happens then. */
  readonly warning: string | null;
  /** Of its MySQL and its vttablet. */
  readonly processes: readonly UnitStatus[];
}

/** A request that cannot be met, with the reason. */
export class FleetProblem extends Error {
  override readonly name = "FleetProblem";
}

export interface Fleet {
  list(): readonly FleetTablet[];
  /** What each takes of the machine. */
  usage(): Promise<readonly TabletUsage[]>;
  add(wanted: NewTablet): Promise<FleetTablet>;
  /** Throws its data away and copies it anew. */
  rebuild(name: string, wanted: { readonly by: string; readonly donor: string }): Promise<void>;
  /** Ends its processes at once and keeps them from running; resolves once none is left. */
  fence(name: string): Promise<void>;
  /** Lets one that was fenced run again, with the data that it had. */
  release(name: string): Promise<void>;
  /** Ends its processes and frees its storage. No tablet of this name is as good as removed. */
  remove(name: string): Promise<void>;
}

export interface FleetDeps {
  readonly context: Context;
  readonly supervisor: Supervisor;
  readonly account: Account | undefined;
  /** Of the disk on which they all are. */
  readonly warning: () => string | undefined;
  readonly log: (text: string) => void;
}

const HUNDRED = 100;

/** The tablets of a shard share a hundred; numbers that are free again are taken again. Pure. */
export const placeTablet = (
  known: readonly TabletPlace[],
  { dataCenter, keyspace, shard }: Omit<NewTablet, "by" | "donor" | "backup">,
): TabletPlace => {
  const uids = new Set(known.map(({ uid }) => uid));
  const own = known.find((place) => place.keyspace === keyspace && place.shard === shard);
  const hundreds = new Set(known.map(({ uid }) => Math.floor(uid / HUNDRED)));
  let hundred = own === undefined ? 1 : Math.floor(own.uid / HUNDRED);
  while (own === undefined && hundreds.has(hundred)) hundred += 1;
  let uid = hundred * HUNDRED + 1;
  while (uids.has(uid)) uid += 1;
  const slots = new Set(known.map(({ slot }) => slot));
  let slot = 0;
  while (slots.has(slot)) slot += 1;
  if (slot >= MOST_TABLETS)
    throw new FleetProblem(`this machine has ports for ${MOST_TABLETS} tablets, and all are taken`);
  return { dataCenter, uid, keyspace, shard, slot };
};

const nameOf = ({ dataCenter, uid }: TabletPlace): string => `${dataCenter}-${uid}`;

/** What an earlier supervisor was about to remove or to empty; none of it runs yet. */
export const finishRemovals = async (paths: Paths, settings: Settings): Promise<Settings> => {
  const unfinished = settings.tablets.filter(
    ({ isLeaving, isEmptying }) => isLeaving || isEmptying,
  );
  if (unfinished.length === 0) return settings;
  for (const { uid } of unfinished)
    await rm(tabletFolder(paths, uid), { recursive: true, force: true });
  const tablets = settings.tablets
    .filter(({ isLeaving }) => isLeaving !== true)
    .map(({ isEmptying: _, ...kept }) => kept);
  await writeSettings(paths, { ...settings, tablets });
  return { ...settings, tablets };
};

export const createFleet = ({ context, supervisor, account, warning, log }: FleetDeps): Fleet => {
  const { paths } = context;
  let settings = context.settings;
  let writing = Promise.resolve();

  const writeWanted = async (wanted: Settings): Promise<void> => {
    await writeSettings(paths, wanted);
    if (!context.prometheus) return;
    // Nobody is to be woken by a server that is down on purpose.
    const watched = wanted.tablets.filter(
      ({ isLeaving, isEmptying }) => isLeaving !== true && isEmptying !== true,
    );
    await writeTargets(paths, toPorts(wanted.basePort, watched).tablets);
  };
  const change = (work: (tablets: readonly KeptTablet[]) => KeptTablet[]): Promise<void> => {
    settings = { ...settings, tablets: work(settings.tablets) };
    const written = settings;
    const done = writing.catch(() => {}).then(() => writeWanted(written));
    writing = done;
    return done;
  };
  const update = (name: string, more: Partial<KeptTablet>): Promise<void> =>
    change((tablets) =>
      tablets.map((kept) => (nameOf(kept) === name ? { ...kept, ...more } : kept)),
    );
  const find = (name: string): KeptTablet | undefined =>
    settings.tablets.find((kept) => nameOf(kept) === name);
  const toTablet = (kept: KeptTablet): Tablet => {
    const [tablet] = toPorts(settings.basePort, [kept]).tablets;
    if (tablet === undefined) throw new Error("a tablet without ports");
    return tablet;
  };
  const unitsOf = (tablet: Tablet) => [
    mysqlUnit(context, tablet, account),
    vttabletUnit(context, tablet),
  ];
  const start = async (kept: KeptTablet): Promise<void> => {
    for (const unit of unitsOf(toTablet(kept))) await supervisor.start(unit);
  };
  const stop = async (kept: KeptTablet): Promise<void> => {
    for (const { name } of unitsOf(toTablet(kept)).reverse()) {
      await supervisor.stop(name);
      supervisor.forget(name);
    }
    await rm(tabletFolder(paths, kept.uid), { recursive: true, force: true });
  };
  const inBackground = (name: string, work: Promise<void>): void => {
    work.catch((error: Error) => log(`${name}: ${error.message}`));
  };
  const describe = (kept: KeptTablet): FleetTablet => {
    const { name, alias, dataCenter, keyspace, shard } = toTablet(kept);
    const { madeBy = null, isLeaving = false, isEmptying = false, isFenced = false } = kept;
    const processes = supervisor
      .status()
      .filter((unit) => unit.name === name || unit.name === `${name}/mysql`);
    const flags = { isLeaving, isEmptying, isFenced, warning: warning() ?? null };
    return { name, alias, dataCenter, keyspace, shard, madeBy, ...flags, processes };
  };
  const readUsage = createUsageReader();
  const toUsed = (kept: KeptTablet) => {
    const { name, uid } = toTablet(kept);
    const { pid } = supervisor.status().find((unit) => unit.name === name) ?? {};
    return { name, folder: tabletFolder(paths, uid), pid };
  };
  return {
    list: () => settings.tablets.map(describe),
    usage: () => readUsage(settings.tablets.map(toUsed)),
    add: async ({ by, donor, backup, ...place }) => {
      if (!dataCenters.includes(place.dataCenter))
        throw new FleetProblem(`there is no data center ${place.dataCenter}`);
      const known = settings.tablets.find(({ madeBy }) => madeBy === by);
      if (known !== undefined) return describe(known);
      const placed = placeTablet(settings.tablets, place);
      const made: KeptTablet = { ...placed, donor, backup, madeBy: by };
      await change((tablets) => [...tablets, made]);
      inBackground(nameOf(made), start(made));
      return describe(made);
    },
    rebuild: async (name, { by, donor }) => {
      const kept = find(name);
      if (kept === undefined) throw new FleetProblem(`there is no tablet ${name}`);
      if (kept.madeBy === by || kept.isLeaving) return;
      const more = { donor, backup: undefined, madeBy: by, isFenced: undefined };
      const { isEmptying: _, ...rest } = { ...kept, ...more };
      await update(name, { ...more, isEmptying: true });
      const again = async (): Promise<void> => {
        await stop(rest);
        await update(name, { isEmptying: undefined });
        await start(rest);
      };
      inBackground(name, again());
    },
    fence: async (name) => {
      const kept = find(name);
      if (kept === undefined) throw new FleetProblem(`there is no tablet ${name}`);
      await update(name, { isFenced: true });
      await Promise.all(unitsOf(toTablet(kept)).map((unit) => supervisor.kill(unit.name)));
    },
    release: async (name) => {
      const kept = find(name);
      if (kept?.isFenced !== true) return;
      await update(name, { isFenced: undefined });
      inBackground(name, start({ ...kept, isFenced: undefined }));
    },
    remove: async (name) => {
      const kept = find(name);
      if (kept === undefined || kept.isLeaving) return;
      await update(name, { isLeaving: true });
      const leave = async (): Promise<void> => {
        await stop(kept);
        await change((tablets) => tablets.filter((one) => nameOf(one) !== name));
      };
      inBackground(name, leave());
    },
  };
};
