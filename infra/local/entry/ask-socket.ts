/** Asks a function's process for its metrics. */
import { request } from "node:http";
import { text } from "node:stream/consumers";

/** A function that is too busy to tell is left out, as one that Prometheus cannot reach. */
const TIMEOUT_MS = 2_000;

/** From the server at a socket file; empty where it does not answer. */
export const askSocket = (socketPath: string): Promise<string> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const asked = request({ socketPath, path: "/metrics", signal }, (response) => {
      text(response).then(resolve, () => resolve(""));
    });
    asked.once("error", () => resolve(""));
    asked.end();
  });
