/** Backups of a shard in the object store. */
import type { ObjectStore } from "./object-store.ts";
import type { Vtctld } from "./vtctld.ts";

/** Written last: a backup without it was cut short. */
const MANIFEST = "MANIFEST";

/** Names of the whole ones, the oldest first. */
export const readWholeBackups = async (
  vtctld: Pick<Vtctld, "backups">,
  objects: Pick<ObjectStore, "sizeOf">,
  keyspace: string,
  shard: string,
): Promise<string[]> => {
  const names = await vtctld.backups(keyspace, shard);
  const sizes = await Promise.all(
    names.map((name) => objects.sizeOf(`backups/${keyspace}/${shard}/${name}/${MANIFEST}`)),
  );
  return names.filter((_, index) => sizes[index] !== undefined);
};

/** The second in which a backup was begun, as its name has it; undefined for other names. */
export const toBackupTime = (name: string): number | undefined => {
  const found = /^(\d{4}-\d\d-\d\d)\.(\d\d)(\d\d)(\d\d)\./.exec(name);
  if (found === null) return undefined;
  const [, day, hour, minute, second] = found;
  return Date.parse(`${day}T${hour}:${minute}:${second}Z`);
};
