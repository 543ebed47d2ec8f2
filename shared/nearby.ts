/**
 * Reads what is served in every data center from a replica in the reader's own, so that nobody
 * waits for the distance between them.
 *
 * 1. Only where the primary is elsewhere, and a replica here serves and is at most MOST_LAG_SECONDS
 *    behind; that is tried every LOOK_MS while somebody asks, and believed for OLDEST_LOOK_MS.
 * 2. A reader who may not miss what was just written is sent to the primary.
 * 3. Where the replica finds nothing, fails or hangs, the primary is asked.
 */
import { within } from "./breaker.ts";
import { type PlacementMap, rangeOf, servedEverywhere } from "./placement.ts";
import { isProblem } from "./problem.ts";
import type { Bounds } from "./query-conditions.ts";
import { parseKeyRange } from "./shards.ts";
import type { Sql } from "./sql.ts";

export interface Reader {
  readonly dataCenter: string;
  /** What was written a moment ago may be missing. */
  readonly mayLag: boolean;
}

export interface Found<T> {
  readonly found: T | undefined;
  /** Who answered: a tablet such as hongkong-103, or the primary. */
  readonly by: string;
}

export type Query = Pick<Sql, "query">;

/** Where the reader is: as the entry says, or else where the function runs. */
export const readerOf = (
  { dataCenter }: { readonly dataCenter: string },
  { headers }: { readonly headers: Readonly<Record<string, string | undefined>> },
  mayLag: boolean,
): Reader => ({ dataCenter: headers["x-data-center"] ?? dataCenter, mayLag });

export interface Nearby {
  /** What `read` finds for homes within these bounds. */
  read<T>(
    reader: Reader,
    bounds: Bounds,
    read: (from: Query) => Promise<T | undefined>,
  ): Promise<Found<T>>;
}

/** A serving tablet of the sharded keyspace. */
export interface ServingTablet {
  readonly alias: string;
  readonly dataCenter: string;
  readonly shard: string;
  readonly isPrimary: boolean;
  /** It has what its primary had MOST_LAG_SECONDS ago. */
  readonly isCurrent: boolean;
}

export interface NearbyDeps {
  readonly primary: Query;
  readonly placement: () => Promise<PlacementMap>;
  readonly readTablets: () => Promise<readonly ServingTablet[]>;
  /** A session on one tablet; what fails there is not tried again. */
  readonly replica: (tablet: ServingTablet) => Query;
  readonly now?: () => number;
}

export const MOST_LAG_SECONDS = 1;
const LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 2_500;
/** With the lag this is less than the time after which readers may miss what was written. */
const OLDEST_LOOK_MS = 3_000;
const PATIENCE_MS = 1_000;
export const PRIMARY = "primary";

/** beijing-0000000102 is beijing-102. */
const toName = (alias: string): string => alias.replace(/-0*(\d+)$/, "-$1");

/** The replica to ask for homes within the bounds; undefined where the primary is as near, or none fits. */
export const pickReplica = (
  tablets: readonly ServingTablet[],
  dataCenter: string,
  { low, high }: Bounds,
): ServingTablet | undefined => {
  const holds = ({ shard }: ServingTablet): boolean => {
    const { from, to } = parseKeyRange(shard);
    return from <= low && high < to;
  };
  const own = tablets.filter(holds);
  if (own.some((tablet) => tablet.isPrimary && tablet.dataCenter === dataCenter)) return undefined;
  return own.find(
    (tablet) => !tablet.isPrimary && tablet.isCurrent && tablet.dataCenter === dataCenter,
  );
};

const isServedEverywhere = (map: PlacementMap, { low, high }: Bounds): boolean =>
  servedEverywhere.some((category) => {
    const range = rangeOf(map, "articles", category);
    return range.low <= low && high <= range.high;
  });

/** The newest look that is not too old; looks in the background before it becomes so. */
const createLook = (
  readTablets: () => Promise<readonly ServingTablet[]>,
  now: () => number,
): (() => Promise<readonly ServingTablet[]>) => {
  let seen: readonly ServingTablet[] = [];
  let seenAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const startedAt = now();
    try {
      seen = await within(LONGEST_LOOK_MS, readTablets);
    } catch {
      seen = [];
    }
    seenAt = startedAt;
    looking = undefined;
  };
  return async () => {
    if (now() - seenAt >= LOOK_MS) looking ??= look();
    if (now() - seenAt >= OLDEST_LOOK_MS) await looking;
    return seen;
  };
};

export const createNearby = ({
  primary,
  placement,
  readTablets,
  replica,
  now = Date.now,
}: NearbyDeps): Nearby => {
  const look = createLook(readTablets, now);

  const pick = async (
    { dataCenter, mayLag }: Reader,
    bounds: Bounds,
  ): Promise<ServingTablet | undefined> => {
    if (!mayLag || !isServedEverywhere(await placement(), bounds)) return undefined;
    return pickReplica(await look(), dataCenter, bounds);
  };

  /** Undefined also where it does not answer. */
  const attempt = async <T>(
    tablet: ServingTablet,
    read: (from: Query) => Promise<T | undefined>,
  ): Promise<T | undefined> => {
    try {
      return await within(PATIENCE_MS, () => read(replica(tablet)));
    } catch (error) {
      if (isProblem(error) && error.status < 500) throw error;
      return undefined;
    }
  };

  return {
    read: async (reader, bounds, read) => {
      const tablet = await pick(reader, bounds);
      const found = tablet === undefined ? undefined : await attempt(tablet, read);
      if (tablet !== undefined && found !== undefined) return { found, by: toName(tablet.alias) };
      return { found: await read(primary), by: PRIMARY };
    },
  };
};
