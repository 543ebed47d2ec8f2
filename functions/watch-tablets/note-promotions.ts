/**
 * Keeps a history of promotions that nobody asked for: vtorc replaces a primary that has died, and
 * says so in its log alone.
 */
import { type ClusterView, shardName } from "#shared/cluster-view.ts";
import type { Operations } from "#shared/operations.ts";
import type { TransactionalSql } from "#shared/sql.ts";

export interface NotePromotionsDeps {
  readonly db: TransactionalSql;
  readonly operations: Pick<Operations, "note">;
  readonly now: () => number;
}

interface Seen {
  readonly shard: string;
  readonly tablet: string;
  readonly seenAt: number;
}

export interface Promotion {
  readonly shard: string;
  readonly from: string;
  readonly to: string;
  /** When the old primary was last seen as such, in milliseconds since 1970. */
  readonly lastSeenAt: number;
}

const primariesOf = ({ tablets }: ClusterView): { shard: string; tablet: string }[] =>
  tablets
    .filter(({ type }) => type === "PRIMARY")
    .map((tablet) => ({ shard: shardName(tablet), tablet: tablet.name }));

/** Shards whose primary is another than the one that was seen last. Pure. */
export const findPromotions = (view: ClusterView, seen: readonly Seen[]): Promotion[] =>
  primariesOf(view).flatMap(({ shard, tablet }) => {
    const before = seen.find((one) => one.shard === shard);
    if (before === undefined || before.tablet === tablet) return [];
    return [{ shard, from: before.tablet, to: tablet, lastSeenAt: before.seenAt }];
  });

export const createNotePromotions = ({ db, operations, now }: NotePromotionsDeps) => {
  /** Whether an operation that names the shard, or is on whole data centers, was at work since then. */
  const wasAskedFor = async ({ shard, lastSeenAt }: Promotion): Promise<boolean> => {
    const found = await db.query(
      "select 1 from operation where updated_at >= ? and (json_search(request, 'one', ?) is not null " +
        "or kind in ('evacuate', 'fail-over-data-center')) limit 1",
      [lastSeenAt, shard],
    );
    return found.length > 0;
  };
  return async (view: ClusterView): Promise<void> => {
    const seen = await db.query<Seen>("select shard, tablet, seen_at as seenAt from shard_primary");
    for (const promotion of findPromotions(view, seen)) {
      if (await wasAskedFor(promotion)) continue;
      const { shard, from, to, lastSeenAt } = promotion;
      await operations.note({
        kind: "promotion",
        request: { kind: "promotion", shard },
        result: { shard, from, to, oldPrimaryLastSeenAt: new Date(lastSeenAt).toISOString() },
        by: "vtorc: the old primary did not answer",
      });
    }
    for (const { shard, tablet } of primariesOf(view))
      await db.write(
        "insert into shard_primary (shard, tablet, seen_at) values (?, ?, ?) " +
          "on duplicate key update tablet = values(tablet), seen_at = values(seen_at)",
        [shard, tablet, now()],
        { harmless: true },
      );
  };
};
