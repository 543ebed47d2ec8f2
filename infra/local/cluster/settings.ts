/**
 * The cluster's own settings, kept in cluster.json of its home: made once, then only read, except
 * for the base port, which moves when somebody else took a port of the block.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { findBasePort, takenPorts } from "./free-ports.ts";
import {
  dataCenters,
  firstTablets,
  listPorts,
  mysqlSocket,
  type Paths,
  type Ports,
  toPorts,
} from "./layout.ts";

/** How the supervisor remembers a tablet over its own death. */
const tablet = z.object({
  dataCenter: z.enum(dataCenters),
  uid: z.int().positive(),
  keyspace: z.string(),
  shard: z.string(),
  slot: z.int().min(0),
  /** Alias of the tablet that its data is copied from, where it was not there from the start. */
  donor: z.string().optional(),
  /** Name of the backup that it began with instead. */
  backup: z.string().optional(),
  /** The operation that made it, and the one that last made it anew. */
  madeBy: z.string().optional(),
  /** It is being stopped and its data removed. */
  isLeaving: z.boolean().optional(),
  /** Its data is being removed so that it can be copied again. */
  isEmptying: z.boolean().optional(),
  /** It was ended at once, and is kept from running until somebody lets it. */
  isFenced: z.boolean().optional(),
});
export type KeptTablet = z.infer<typeof tablet>;

const schema = z.object({
  version: z.literal(1),
  basePort: z.number().int(),
  entryPort: z.number().int(),
  password: z.string().min(16),
  objectStoreKey: z.string().min(16),
  objectStoreSecret: z.string().min(16),
  tablets: z.array(tablet).default([...firstTablets]),
});
export type Settings = z.infer<typeof schema>;

const secret = (): string => randomBytes(24).toString("base64url");

/** Replace a file as a whole, so that a death or a full disk leaves the old one. */
export const writeWhole = async (path: string, text: string, mode = 0o600): Promise<void> => {
  const scratch = `${path}.new`;
  await writeFile(scratch, text, { mode });
  await chmod(scratch, mode);
  await rename(scratch, path);
};

export const readSettings = async (paths: Paths): Promise<Settings | undefined> => {
  const text = await readFile(paths.clusterFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${paths.clusterFile} is not understood: ${z.prettifyError(parsed.error)}`);
};

/** cluster.json also tells other programs where everything is. */
export const writeSettings = async (paths: Paths, settings: Settings): Promise<void> => {
  const ports = toPorts(settings.basePort, settings.tablets);
  const tablets = ports.tablets.map((tablet) => ({
    ...tablet,
    mysqlSocket: mysqlSocket(paths, tablet.uid),
  }));
  const description = {
    ...settings,
    url: `http://127.0.0.1:${settings.entryPort}`,
    vtgateUrl: vtgateUrl(settings, ports),
    ...ports,
    tablets,
  };
  await writeWhole(paths.clusterFile, `${JSON.stringify(description, null, 2)}\n`);
};

export const vtgateUrl = (settings: Settings, ports: Ports): string =>
  `mysql://tagenal:${settings.password}@127.0.0.1:${ports.vtgates.beijing.mysql}`;

export interface Found {
  readonly settings: Settings;
  /** The ports differ from those of the last start. */
  readonly moved: boolean;
}

/** Answer the settings of the home, making what is missing; nothing of it runs yet. */
export const prepareSettings = async (paths: Paths, entryPort: number): Promise<Found> => {
  await mkdir(paths.home, { recursive: true });
  const before = await readSettings(paths);
  const isUsable = before && (await takenPorts(listPorts(before.basePort))).length === 0;
  const settings: Settings = {
    version: 1,
    basePort: isUsable ? before.basePort : await findBasePort(),
    entryPort,
    password: before?.password ?? secret(),
    objectStoreKey: before?.objectStoreKey ?? secret(),
    objectStoreSecret: before?.objectStoreSecret ?? secret(),
    tablets: before?.tablets ?? [...firstTablets],
  };
  await writeSettings(paths, settings);
  await readFile(paths.token).catch(() => writeWhole(paths.token, `${secret()}\n`));
  return { settings, moved: before !== undefined && before.basePort !== settings.basePort };
};
