/**
 * Looks after the tablets: whichever was taken out of service, or does not follow its primary for
 * a while, gets an operation that makes it anew; what an operation left behind is removed. A tick
 * that comes twice, or never, changes nothing: the next one sees the same.
 */
import { tabletHealRequested } from "#events/tablet-requests.ts";
import type { ClusterView } from "#shared/cluster-view.ts";
import type { Log } from "#shared/log.ts";
import type { ToEvent } from "#shared/operation-kit.ts";
import type { Operations } from "#shared/operations.ts";
import { STEP } from "#shared/procedure.ts";
import type { TransactionalSql } from "#shared/sql.ts";
import { healStored } from "#shared/tablet-requests.ts";
import type { TabletsDriver } from "#shared/tablets-port.ts";
import type { Vtctld } from "#shared/vtctld.ts";
import { type Care, decideCare, listTroubled, type MakingOperation } from "./decide-care.ts";
import { createNotePromotions } from "./note-promotions.ts";
import { createNoteStates } from "./note-states.ts";

export interface WatchTabletsDeps {
  readonly db: TransactionalSql;
  readonly readView: () => Promise<ClusterView>;
  readonly operations: Pick<Operations, "create" | "note">;
  readonly driver: Pick<TabletsDriver, "remove">;
  readonly vtctld: Pick<Vtctld, "deleteTablet">;
  readonly toEvent: ToEvent;
  readonly log: Log;
  readonly now?: () => number;
}

/** A healing that failed is not tried again at once. */
const PAUSE_AFTER_FAILURE_MS = 5 * 60_000;

export const createWatchTablets = ({
  db,
  readView,
  operations,
  driver,
  vtctld,
  toEvent,
  log,
  now = Date.now,
}: WatchTabletsDeps) => {
  const notePromotions = createNotePromotions({ db, operations, now });
  const noteStates = createNoteStates({ db, now });

  /** Keeps since when each tablet is in trouble; those that are not any more are forgotten. */
  const noteTrouble = async (view: ClusterView): Promise<Map<string, number>> => {
    const troubled = listTroubled(view);
    const rows = await db.query<{ tablet: string; since: number }>(
      "select tablet, since from tablet_trouble",
    );
    const known = new Map(rows.map(({ tablet, since }) => [tablet, since]));
    for (const name of known.keys())
      if (!troubled.includes(name)) {
        await db.write("delete from tablet_trouble where tablet = ?", [name], { harmless: true });
        known.delete(name);
      }
    for (const name of troubled.filter((one) => !known.has(one))) {
      await db.write(
        "insert into tablet_trouble (tablet, since) values (?, ?) on duplicate key update tablet = tablet",
        [name, now()],
        { harmless: true },
      );
      known.set(name, now());
    }
    return known;
  };

  const readMakers = async ({ managed }: ClusterView): Promise<MakingOperation[]> => {
    const ids = managed.flatMap(({ madeBy }) => madeBy?.split("/")[0] ?? []);
    if (ids.length === 0) return [];
    return db.query("select id, kind, state from operation where id in (?)", [ids]);
  };

  const hasJustFailed = async (tablet: string): Promise<boolean> => {
    const found = await db.query(
      "select 1 from operation where kind = 'heal-tablet' and state = 'failed' and updated_at > ? " +
        "and json_value(request, '$.tablet') = ? limit 1",
      [now() - PAUSE_AFTER_FAILURE_MS, tablet],
    );
    return found.length > 0;
  };

  const heal = async ({ tablet, shard, why }: Care & { kind: "heal" }): Promise<void> => {
    if (await hasJustFailed(tablet)) return;
    // Where another operation is at work on the shard, that one is the answer: the next tick asks.
    const { isNew } = await operations.create({
      kind: "heal-tablet",
      request: healStored.parse({ kind: "heal-tablet", tablet, shard }),
      lockName: `shard:${shard}`,
      askedBy: `watch-tablets: ${why}`.slice(0, 100),
      step: STEP,
      toEvent: (operationId) =>
        toEvent(tabletHealRequested, { subject: operationId, data: { operationId } }),
    });
    if (isNew) log.warn({ tablet, shard, why }, "a tablet is made anew");
  };

  return async (): Promise<void> => {
    const view = await readView();
    await notePromotions(view);
    await noteStates(view);
    const since = await noteTrouble(view);
    const operationsNow = await readMakers(view);
    for (const care of decideCare({ view, operations: operationsNow, since, now: now() })) {
      if (care.kind === "heal") await heal(care);
      else if (care.kind === "remove") await driver.remove(care.tablet);
      else await vtctld.deleteTablet(care.alias);
    }
  };
};
