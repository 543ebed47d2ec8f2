/** Which cluster the command line speaks of: TAGENAL_HOME, TAGENAL_PORT. */
import { resolve } from "node:path";
import { type Paths, toPaths } from "#infra/local/cluster/layout.ts";
import { readSettings } from "#infra/local/cluster/settings.ts";

/** The data of an npm script's caller lies relative to where npm was called, not to the package. */
const callerDirectory = (): string => process.env["INIT_CWD"] ?? process.cwd();

export const findPaths = (): Paths =>
  toPaths(resolve(callerDirectory(), process.env["TAGENAL_HOME"] || ".tagenal"));

const parsePort = (text: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`TAGENAL_PORT is "${text}", which is not a port (1 to 65535)`);
};

/** The entry's port: as told, else as at the last start, else 8080. */
export const findEntryPort = async (paths: Paths): Promise<number> => {
  const told = process.env["TAGENAL_PORT"];
  if (told) return parsePort(told);
  return (await readSettings(paths))?.entryPort ?? 8080;
};
