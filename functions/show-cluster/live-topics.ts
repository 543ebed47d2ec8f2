/** What is told live: the servers as they are this second, and what is being done to them. */
import type { ClusterView } from "#shared/cluster-view.ts";
import { createFresh } from "#shared/fresh.ts";
import { OPERATION_COLUMNS, type Operation } from "#shared/operation-rows.ts";
import type { Sql } from "#shared/sql.ts";
import type { Topic } from "./live.ts";
import type { Figures } from "./read-figures.ts";
import { type Knowledge, type TabletItem, toItems } from "./tablet-items.ts";

export interface ReadLiveDeps {
  readonly readView: () => Promise<ClusterView>;
  readonly readFigures: () => Promise<ReadonlyMap<string, Figures>>;
  readonly readStates: () => Promise<Knowledge["states"]>;
  readonly readBackups: () => Promise<Knowledge["backups"]>;
}

const STATES_FRESH_MS = 5_000;

/** The last of what is dear: whoever is dead must not keep the news of it waiting. */
const createLatest = <T>(read: () => Promise<T>, nothing: T): (() => T) => {
  let last = nothing;
  let isReading = false;
  return () => {
    if (!isReading) {
      isReading = true;
      read()
        .then(
          (found) => {
            last = found;
          },
          () => {},
        )
        .finally(() => {
          isReading = false;
        })
        .catch(() => {});
    }
    return last;
  };
};

/** Only the topology is waited for; figures follow as they come. */
export const createReadLive = ({
  readView,
  readFigures,
  readStates,
  readBackups,
}: ReadLiveDeps) => {
  const figures = createLatest<Knowledge["figures"]>(readFigures, new Map());
  const states = createLatest<Knowledge["states"]>(
    createFresh(readStates, STATES_FRESH_MS),
    new Map(),
  );
  const backups = createLatest<Knowledge["backups"]>(readBackups, new Map());
  return async (): Promise<{ items: TabletItem[] }> => {
    const known = { figures: figures(), states: states(), backups: backups() };
    return { items: toItems(await readView(), known) };
  };
};

const NEWEST = 20;
const MOST_UNENDED = 50;

export const readNewest = async (db: Pick<Sql, "query">): Promise<readonly Operation[]> => {
  const select = `select ${OPERATION_COLUMNS} from operation`;
  const [newest, unended] = await Promise.all([
    db.query<Operation>(`${select} order by serial desc limit ?`, [NEWEST]),
    db.query<Operation>(
      `${select} where state in ('planned', 'running', 'waiting', 'paused') ` +
        "order by serial desc limit ?",
      [MOST_UNENDED],
    ),
  ]);
  const known = new Set(newest.map(({ id }) => id));
  return [...newest, ...unended.filter(({ id }) => !known.has(id))];
};

/** What a load keeps for itself is long. */
const toItem = ({ createdAt, updatedAt, progress, ...operation }: Operation) => {
  const { plan: _plan, verifiedAt: _at, reads: _reads, ...shown } = progress;
  return {
    ...operation,
    progress: shown,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
};

export const operationsTopic = (read: () => Promise<readonly Operation[]>): Topic => ({
  name: "operations",
  everyMs: 1_000,
  read: async () => ({ items: (await read()).map(toItem) }),
});
