/** ISO 8601 durations as delivery specs have them, such as PT0.2S, to milliseconds. */
const duration = /^P(?!$)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

export const parseDurationMs = (text: string): number => {
  const found = duration.exec(text);
  if (found === null) throw new Error(`not a duration of days, hours, minutes or seconds: ${text}`);
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1_000;
};
