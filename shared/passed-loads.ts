/**
 * A derived stream's source, as Vitess keeps it, with the loads whose rows it passes over: conditions
 * on `load_id` in its query, which Vitess checks where it reads the binary log. Pure.
 */
const CONDITION = /load_id != (\d+)/g;
const FROM = " from user_read";

/** Serials of the loads that a source passes over. */
export const passedLoads = (source: string): number[] =>
  [...source.matchAll(CONDITION)].map(([, serial]) => Number(serial));

/** The source without any such condition: what follows one, if it is not another one, stays. */
const passNone = (source: string): string =>
  source.replace(/load_id != \d+ and /g, "").replace(/ (?:and|where) load_id != \d+/g, "");

/** The source, passing over these loads and no others. */
export const passLoads = (source: string, serials: readonly number[]): string => {
  const bare = passNone(source);
  if (serials.length === 0) return bare;
  const at = bare.indexOf(FROM);
  if (at === -1) throw new Error(`not a derived stream: ${source.slice(0, 200)}`);
  const conditions = serials.map((serial) => `load_id != ${serial}`).join(" and ");
  const head = bare.slice(0, at + FROM.length);
  const tail = bare.slice(at + FROM.length);
  const rest = tail.startsWith(" where ") ? ` and ${tail.slice(" where ".length)}` : tail;
  return `${head} where ${conditions}${rest}`;
};
