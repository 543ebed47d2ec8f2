/**
 * Where functions ask for tablets: HTTP on a unix socket that only the functions' user may open.
 * The other end is shared/tablets-process.ts.
 */
import { chmod, chown, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";
import type { Account } from "./launch.ts";
import { dataCenters } from "./layout.ts";
import { type Fleet, FleetProblem } from "./tablet-fleet.ts";

const copy = z.object({ by: z.string().min(1), donor: z.string().min(1) });
const newTablet = copy.partial({ donor: true }).extend({
  backup: z.string().min(1).optional(),
  dataCenter: z.enum(dataCenters),
  keyspace: z.string().min(1),
  shard: z.string().min(1),
});

const answer = async (fleet: Fleet, request: IncomingMessage): Promise<unknown> => {
  if (request.url === "/usage") return fleet.usage();
  const [, , name = "", verb = ""] = (request.url ?? "").split("/").map(decodeURIComponent);
  switch (`${request.method} ${name === "" ? "" : "NAME"} ${verb}`.trim()) {
    case "GET":
      return fleet.list();
    case "POST":
      return fleet.add(newTablet.parse(await json(request)));
    case "POST NAME rebuild":
      return fleet.rebuild(name, copy.parse(await json(request)));
    case "POST NAME fence":
      return fleet.fence(name);
    case "POST NAME release":
      return fleet.release(name);
    case "DELETE NAME":
      return fleet.remove(name);
    default:
      throw new FleetProblem(`${request.method} ${request.url} is not understood`);
  }
};

const toStatus = (error: unknown): number => {
  if (error instanceof FleetProblem) return 409;
  return error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 500;
};

const respond = async (
  fleet: Fleet,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  response.setHeader("content-type", "application/json");
  try {
    response.end(JSON.stringify((await answer(fleet, request)) ?? null));
  } catch (error) {
    response.statusCode = toStatus(error);
    response.end(JSON.stringify({ detail: error instanceof Error ? error.message : "" }));
  }
};

export const serveTablets = async (
  path: string,
  account: Account | undefined,
  fleet: Fleet,
): Promise<void> => {
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    respond(fleet, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(path, resolve);
  });
  await chmod(path, 0o600);
  if (account) await chown(path, account.uid, account.gid);
  server.unref();
};
