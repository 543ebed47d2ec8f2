/** What the command line prints for people. */
export const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** A time for people: 0.4 s, 12 s, 3 min 05 s. */
export const duration = (milliseconds: number): string => {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return `${Math.floor(seconds / 60)} min ${rest} s`;
};

/** A number for people: 1,234,567. */
export const count = (value: number): string => value.toLocaleString("en");

/** Bytes for people: 1.2 kB, 3.4 MB, 5.6 GB. */
export const size = (bytes: number): string => {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
};
