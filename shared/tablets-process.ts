/** The tablets port on one machine: the supervisor starts and stops processes. */
import { Client } from "undici";
import { z } from "zod";
import { Problem } from "./problem.ts";
import type { ManagedTablet, TabletsDriver } from "./tablets-port.ts";

const TIMEOUT_MS = 10_000;
/** A process that was started so often will not come up by being started again. */
const MOST_RESTARTS = 5;

const found = z.array(
  z.object({
    name: z.string(),
    alias: z.string(),
    dataCenter: z.string(),
    keyspace: z.string(),
    shard: z.string(),
    madeBy: z.string().nullable(),
    isLeaving: z.boolean(),
    isEmptying: z.boolean(),
    isFenced: z.boolean(),
    warning: z.string().nullable(),
    processes: z.array(
      z.object({
        name: z.string(),
        state: z.string(),
        restarts: z.number(),
        lastExit: z.string().optional(),
      }),
    ),
  }),
);

const used = z.array(
  z.object({
    name: z.string(),
    cpuPercent: z.number(),
    memoryBytes: z.number(),
    diskUsedBytes: z.number(),
    diskFreeBytes: z.number(),
  }),
);

/** Pure. */
export const toManaged = ({
  processes,
  warning,
  ...tablet
}: z.infer<typeof found>[number]): ManagedTablet => {
  const broken = processes.find(
    ({ state, restarts }) => !tablet.isFenced && state !== "running" && restarts >= MOST_RESTARTS,
  );
  const trouble =
    broken === undefined
      ? null
      : `${broken.name} ended ${broken.restarts} times, last with ${broken.lastExit ?? "no word"}`;
  const because = warning === null ? "" : `. ${warning}`;
  return { ...tablet, trouble: trouble && trouble + because };
};

/** `socket`: the path of the supervisor's unix socket. */
export const createTabletsProcess = (socket: string): TabletsDriver => {
  const client = new Client("http://supervisor", {
    socketPath: socket,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const ask = async (method: "GET" | "POST" | "DELETE", path: string, body?: object) => {
    const answer = await client
      .request({
        method,
        path,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      .catch((cause: unknown) => {
        throw new Problem("unavailable", "the supervisor of this machine does not answer", {
          cause,
        });
      });
    const content = (await answer.body.json()) as { readonly detail?: string } | null;
    if (answer.statusCode < 300) return content;
    const code = answer.statusCode < 500 ? "conflict" : "unavailable";
    throw new Problem(code, content?.detail ?? `the supervisor answered ${answer.statusCode}`);
  };
  return {
    list: async () => found.parse(await ask("GET", "/tablets")).map(toManaged),
    usage: async () => used.parse(await ask("GET", "/usage")),
    add: async (wanted) => void (await ask("POST", "/tablets", wanted)),
    rebuild: async (name, wanted) => void (await ask("POST", `/tablets/${name}/rebuild`, wanted)),
    fence: async (name) => void (await ask("POST", `/tablets/${name}/fence`, {})),
    remove: async (name) => void (await ask("DELETE", `/tablets/${name}`)),
  };
};
