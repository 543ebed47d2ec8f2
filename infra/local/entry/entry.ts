/** The entry of the local system: reads the manifests, serves the functions, ends them with it. */
import { chown, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "#shared/log.ts";
import { readManifests } from "../manifests.ts";
import type { ProcessSettings } from "./function-process.ts";
import { createFindFunction } from "./routes.ts";
import { createRunner } from "./runner.ts";
import { createActivatorServer, createPublicServer } from "./servers.ts";
import { toServices } from "./services.ts";

export interface EntrySettings {
  readonly port: number;
  readonly activatorPort: number;
  readonly manifests: string;
  readonly bundles: string;
  readonly logs: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: ProcessSettings["user"];
  readonly startTimeoutMs?: number;
}

export interface Entry {
  readonly port: number;
  readonly activatorPort: number;
  stop(): Promise<void>;
}

const DRAIN_MS = 3_000;

const listen = async (server: Server, port: number, host?: string): Promise<number> => {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
};

/** Lets requests under way end, but not for long. */
const close = async (server: Server): Promise<void> => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]);
  server.closeAllConnections();
};

/** In the temporary folder, because a socket's path may have only 107 bytes. */
const createSocketFolder = async (id: string, user: ProcessSettings["user"]): Promise<string> => {
  const folder = join(tmpdir(), `tagenal-functions-${id}`);
  await rm(folder, { recursive: true, force: true });
  // Fails where somebody else has put one: theirs would be able to answer for our functions.
  await mkdir(folder, { mode: 0o700 });
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
};

export const startEntry = async (settings: EntrySettings, log: Log): Promise<Entry> => {
  const { manifests, bundles, logs, env, user, startTimeoutMs = 30_000 } = settings;
  const services = toServices(await readManifests(manifests));
  const find = createFindFunction(services);
  await mkdir(logs, { recursive: true });
  const folders = { bundles, logs, sockets: "" };
  const processes = { folders, env, user, startTimeoutMs };
  const runners = new Map(
    services.map((service) => [service.name, createRunner(service, processes, log)]),
  );
  const activator = createActivatorServer(runners, log);
  const outside = createPublicServer(find, runners, log);
  const activatorPort = await listen(activator, settings.activatorPort, "127.0.0.1");
  // Named after a port that is ours by now, so that nobody else uses the folder.
  folders.sockets = await createSocketFolder(String(activatorPort), user);
  const port = await listen(outside, settings.port);
  return {
    port,
    activatorPort,
    stop: async () => {
      await Promise.all([close(outside), close(activator)]);
      await Promise.all([...runners.values()].map((runner) => runner.stop()));
      await rm(folders.sockets, { recursive: true, force: true });
    },
  };
};
