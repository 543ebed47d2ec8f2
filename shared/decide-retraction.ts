/**
 * What comes next for a migration that is taken back: the servers that it made leave again, as long
 * as the shard has enough of those that were there before. What has moved by then stays. Pure.
 */
import { type ClusterView, inShard, shardName } from "./cluster-view.ts";
import { decideLeaving, type LeaveAction } from "./decide-leaving.ts";
import type { Migration } from "./decide-migration.ts";
import type { Decision } from "./procedure.ts";

/** As many as every shard has. */
const ENOUGH = 3;

export const decideRetraction = (
  { id, shard }: Pick<Migration, "id" | "shard">,
  view: ClusterView,
): Decision<LeaveAction> | undefined => {
  const own = view.managed.filter((one) => shardName(one) === shard);
  const isMade = ({ madeBy }: { madeBy: string | null }): boolean =>
    madeBy?.startsWith(`${id}/`) === true;
  const before = own.filter((one) => !(isMade(one) || one.isLeaving || one.isFenced === true));
  if (before.length < ENOUGH) return undefined;
  const tablets = inShard(view, shard);
  const isPrimary = (name: string): boolean =>
    tablets.some((one) => one.name === name && one.type === "PRIMARY");
  const names = [
    ...own.filter(isMade).map(({ name }) => name),
    // Gone, but for its record.
    ...tablets
      .filter(({ alias }) => !view.managed.some((one) => one.alias === alias))
      .map(({ name }) => name),
  ];
  // A primary comes last: it hands over to one that was there before.
  const [next] = names.sort((one, other) => Number(isPrimary(one)) - Number(isPrimary(other)));
  return next === undefined ? undefined : decideLeaving(next, shard, view);
};
