/** Sessions on the shards as they are now; looked up anew every few seconds, as shards may split. */
import { createShardMap, type ShardMap } from "#shared/shards.ts";
import type { Sql } from "#shared/sql.ts";
import type { Vtgate } from "#shared/vtgate.ts";
import type { Target } from "./insert-chunk.ts";
import type { DirectorySessions } from "./insert-directory.ts";
import type { DirectoryEntry } from "./insert-sql.ts";

const FRESH_MS = 5_000;

export interface Sessions extends DirectorySessions {
  to(shard: string): Promise<Target>;
}

export const createSessions = (
  vtgate: Pick<Vtgate, "shard" | "shards" | "tagenal">,
  now: () => number = Date.now,
): Sessions => {
  const sessions = new Map<string, Sql>();
  let map: { readonly at: number; readonly shards: ShardMap } | undefined;
  const readShards = async (): Promise<ShardMap> => {
    if (map !== undefined && now() - map.at < FRESH_MS) return map.shards;
    map = { at: now(), shards: createShardMap(await vtgate.shards()) };
    return map.shards;
  };
  const sessionOf = (name: string): Sql => {
    const known = sessions.get(name);
    if (known !== undefined) return known;
    const session = vtgate.shard(name);
    sessions.set(name, session);
    return session;
  };
  return {
    anywhere: vtgate.tagenal,
    to: async (shard) => {
      const { names } = await readShards();
      const isShard = names.includes(shard);
      return { sql: isShard ? sessionOf(shard) : vtgate.tagenal, isShard };
    },
    group: async (entries) => {
      const shards = await readShards();
      const groups = new Map<Sql, DirectoryEntry[]>();
      for (const entry of entries) {
        const session = sessionOf(shards.ownerOf(entry.slot));
        const group = groups.get(session);
        if (group === undefined) groups.set(session, [entry]);
        else group.push(entry);
      }
      return groups;
    },
  };
};
