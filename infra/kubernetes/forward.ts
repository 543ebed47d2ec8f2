/** Passes TCP connections on from an address that a cluster reaches to one that only we reach. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Forwarder {
  readonly address: string;
  stop(): Promise<void>;
}

/** Listens on this one address of the machine, never on all, at a free port. */
export const startForwarder = async (host: string, localPort: number): Promise<Forwarder> => {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer({ noDelay: true }, (incoming) => {
    const outgoing = connect({ host: "127.0.0.1", port: localPort, noDelay: true });
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      keep(from);
      from.pipe(to);
      // An end or an error on one side ends the other.
      from.once("error", () => to.destroy()).once("close", () => to.destroySoon());
    }
  });
  server.listen(0, host);
  await once(server, "listening");
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
