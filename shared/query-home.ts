/**
 * From a uid or aid to its home, through the directory tables, with the last answers kept in the
 * process: a point query then costs one statement instead of two.
 *
 * 1. A kept home is only a guess: rows move. Whoever finds nothing under it looks again.
 * 2. That a key is unknown is not kept: it may be inserted the next moment.
 */
import type { DirectoryTable } from "./directory.ts";
import { slot } from "./placement.ts";
import type { Sql } from "./sql.ts";

const MOST_HOMES = 50_000;

export interface Homes {
  /**
   * What `read` finds under the key's home; undefined if nothing is there, by the directory's
   * newest word.
   */
  find<T>(key: number, read: (home: bigint) => Promise<T | undefined>): Promise<T | undefined>;
}

export const toLookUpSql = ({ table, key }: DirectoryTable): string =>
  `SELECT home FROM ${table} WHERE slot = ? AND ${key} = ?`;

export const createHomes = (
  tagenal: Pick<Sql, "query">,
  directory: DirectoryTable,
  most = MOST_HOMES,
): Homes => {
  const lookUpSql = toLookUpSql(directory);
  const homes = new Map<number, bigint>();

  // A Map lists its keys by age: taking one out and in again makes it the youngest.
  const keep = (key: number, home: bigint): void => {
    homes.delete(key);
    homes.set(key, home);
    const [oldest] = homes.keys();
    if (homes.size > most && oldest !== undefined) homes.delete(oldest);
  };

  const lookUp = async (key: number): Promise<bigint | undefined> => {
    const [row] = await tagenal.query<{ home: string }>(lookUpSql, [slot(key), key]);
    return row === undefined ? undefined : BigInt(row.home);
  };

  return {
    find: async (key, read) => {
      let tried: bigint | undefined;
      let home = homes.get(key) ?? (await lookUp(key));
      // Ends when the directory says the same twice: each further turn means the row moved again.
      while (home !== undefined && home !== tried) {
        const found = await read(home);
        if (found !== undefined) {
          keep(key, home);
          return found;
        }
        tried = home;
        home = await lookUp(key);
      }
      homes.delete(key);
      return undefined;
    },
  };
};
