/**
 * One address for all functions on the cluster, as the entry is locally: routes by the manifests'
 * annotations and passes requests on to Knative's ingress under each function's host name.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createFindFunction } from "#infra/local/entry/routes.ts";
import { toServices } from "#infra/local/entry/services.ts";
import { readManifests } from "#infra/local/manifests.ts";

export interface ClusterEntry {
  readonly url: string;
  stop(): Promise<void>;
}

export const startClusterEntry = async (
  ingress: string,
  hosts: ReadonlyMap<string, string>,
): Promise<ClusterEntry> => {
  const manifests = await readManifests(join(import.meta.dirname, "../../knative"));
  const find = createFindFunction(toServices(manifests));
  const pass = (incoming: IncomingMessage, response: ServerResponse): void => {
    const { method = "GET", url = "/" } = incoming;
    const host = hosts.get(find(method, new URL(url, "http://entry").pathname));
    const headers = { ...incoming.headers, host };
    const outgoing = request(new URL(url, ingress), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    outgoing.once("error", () => response.destroy());
    pipeline(incoming, outgoing, () => undefined);
  };
  const server = createServer((incoming, response) => {
    try {
      pass(incoming, response);
    } catch (error) {
      response.writeHead(404).end(String(error));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
