/**
 * The database servers as they are now, and where the data is. The topology is read for each
 * request; figures, which are dearer, are kept for FRESH_MS and shared by all who ask.
 */
import type { ClusterView } from "#shared/cluster-view.ts";
import { createFresh } from "#shared/fresh.ts";
import type { Route } from "#shared/http-function.ts";
import type { Operation } from "#shared/operation-rows.ts";
import { readParams } from "#shared/query-params.ts";
import type { MediaCount } from "./count-media.ts";
import { findImbalance, type Imbalance, type ShardLoad } from "./find-imbalance.ts";
import { createLive } from "./live.ts";
import { createReadLive, operationsTopic } from "./live-topics.ts";
import { type DeadLetters, toMetrics, type Unmoved } from "./metrics.ts";
import type { Figures } from "./read-figures.ts";
import type { Placement } from "./read-placement.ts";
import { type createReadHistory, createShowHistory, toHappening } from "./show-history.ts";
import { type Knowledge, type TabletItem, toItems } from "./tablet-items.ts";

export interface ShowClusterDeps {
  readonly readView: () => Promise<ClusterView>;
  /** The same, without waiting long for a server that does not say how it follows. */
  readonly readQuickView: () => Promise<ClusterView>;
  /** Those that have not ended, and the newest; the newest first. */
  readonly readOperations: () => Promise<readonly Operation[]>;
  readonly readFigures: (view: ClusterView) => Promise<Map<string, Figures>>;
  readonly readStates: () => Promise<Knowledge["states"]>;
  readonly readBackups: (view: ClusterView) => Promise<Knowledge["backups"]>;
  readonly readPlacement: (view: ClusterView) => Promise<Placement>;
  readonly countMedia: () => Promise<MediaCount>;
  readonly countDeadLetters: () => Promise<DeadLetters>;
  readonly readUnmoved: () => Promise<Unmoved[]>;
  readonly readHistory: ReturnType<typeof createReadHistory>;
}

export const FRESH_MS = 4_000;
/** Backups are made every night. */
const BACKUPS_FRESH_MS = 30_000;

/** So many of the last happenings are marked in dashboards. */
const MARKED = 20;

/** By shard: rows and bytes of its primary, queries of all its servers. Pure. */
export const toLoads = (
  { tables }: Placement,
  tablets: readonly TabletItem[],
): (ShardLoad & { readonly primary: string | null })[] =>
  [...new Set(tables.map(({ shard }) => shard))].map((shard) => {
    const own = tablets.filter((one) => one.shard === shard);
    const primary = own.find(({ role }) => role === "primary")?.tablet ?? null;
    const asked = primary ?? tables.find((one) => one.shard === shard)?.tablet;
    const held = tables.filter((one) => one.shard === shard && one.tablet === asked);
    const queries = own.reduce((sum, { queriesPerSecond: rates }) => {
      return sum + (rates?.reads ?? 0) + (rates?.writes ?? 0);
    }, 0);
    return {
      shard,
      primary,
      rows: held.reduce((sum, { rows }) => sum + rows, 0),
      bytes: held.reduce((sum, { bytes }) => sum + bytes, 0),
      queriesPerSecond: Math.round(queries * 10) / 10,
    };
  });

/** What lies in the object store, as one more table: it belongs to no shard. */
const toMediaItem = ({ objects, bytes, at }: MediaCount) => ({
  table: "media",
  shard: null,
  dataCenter: null,
  tablet: null,
  copies: 1,
  rows: objects,
  isExact: true,
  bytes,
  countedAt: new Date(at).toISOString(),
});

export interface Finding {
  readonly kind: Imbalance["kind"] | "unknown";
  readonly shard: string | null;
  readonly says: string;
}

const toUnknown = ({ unanswered }: Placement, media: MediaCount | undefined): Finding[] => [
  ...unanswered.map(({ shard, dataCenter }) => ({
    ...{ kind: "unknown" as const, shard },
    says: `nobody answers for ${shard} in ${dataCenter}`,
  })),
  ...(media === undefined
    ? [{ kind: "unknown" as const, shard: null, says: "the object store does not answer" }]
    : []),
];

export const createShowCluster = (deps: ShowClusterDeps): Route[] => {
  const readFigures = createFresh(async () => deps.readFigures(await deps.readView()), FRESH_MS);
  const readBackups = createFresh(
    async () => deps.readBackups(await deps.readView()),
    BACKUPS_FRESH_MS,
  );
  const readPlacement = createFresh(async () => {
    const [placement, media] = await Promise.all([
      deps.readPlacement(await deps.readView()),
      deps.countMedia().catch(() => undefined),
    ]);
    return { placement, media, at: new Date().toISOString() };
  }, FRESH_MS);

  const listTablets = async (): Promise<TabletItem[]> => {
    const [view, figures, states, backups] = await Promise.all([
      deps.readView(),
      readFigures(),
      // The list of servers is most needed when something does not answer.
      deps.readStates().catch(() => new Map()),
      readBackups().catch(() => new Map()),
    ]);
    return toItems(view, { figures, states, backups });
  };

  const showPlacement = async () => {
    const [{ placement, media, at }, tablets] = await Promise.all([readPlacement(), listTablets()]);
    const shards = toLoads(placement, tablets);
    const findings = [...findImbalance(shards), ...toUnknown(placement, media)];
    const items = [...placement.tables, ...(media === undefined ? [] : [toMediaItem(media)])];
    return { at, items, shards, findings, next: null };
  };

  const readLiveTablets = createReadLive({
    readView: deps.readQuickView,
    readFigures,
    readStates: deps.readStates,
    readBackups,
  });

  return [
    createLive([
      { name: "tablets", everyMs: 1_000, read: readLiveTablets },
      { name: "placement", everyMs: FRESH_MS, read: showPlacement },
      operationsTopic(deps.readOperations),
    ]).route,
    {
      method: "GET",
      path: "/v1/tablets",
      handle: async ({ query }) => {
        readParams(query, []);
        return { status: 200, body: { items: await listTablets(), next: null } };
      },
    },
    {
      method: "GET",
      path: "/v1/placement",
      handle: async ({ query }) => {
        readParams(query, []);
        return { status: 200, body: await showPlacement() };
      },
    },
    {
      method: "GET",
      path: "/v1/metrics",
      handle: async ({ query }) => {
        readParams(query, []);
        const [{ placement, media }, tablets, deadLetters, unmoved, history] = await Promise.all([
          readPlacement(),
          listTablets(),
          deps.countDeadLetters(),
          deps.readUnmoved(),
          deps.readHistory({ limit: MARKED }),
        ]);
        const happenings = history.map(toHappening);
        const body = toMetrics({ tablets, placement, media, deadLetters, happenings, unmoved });
        return { status: 200, body, headers: { "content-type": "text/plain; version=0.0.4" } };
      },
    },
    createShowHistory(deps.readHistory),
  ];
};
