/** Find ports that nothing listens on, below the range that the kernel gives to outgoing calls. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { listPorts, portBlock } from "./layout.ts";

export const isFree = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });

/** Which of them are taken. */
export const takenPorts = async (ports: readonly number[]): Promise<readonly number[]> => {
  const free = await Promise.all(ports.map(isFree));
  return ports.filter((_, index) => !free[index]);
};

const lowest = 15_000;
const highest = 32_000;

/** A base whose whole block is free; random, so that clusters starting together rarely meet. */
export const findBasePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 200; attempt++) {
    const base = lowest + portBlock * randomInt((highest - lowest) / portBlock);
    if ((await takenPorts(listPorts(base))).length === 0) return base;
  }
  throw new Error(`No ${portBlock} free ports in a row between ${lowest} and ${highest}`);
};
