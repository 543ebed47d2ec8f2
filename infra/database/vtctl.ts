/** Gives commands to vtctld by its own client. */
import { run } from "#infra/parts/run.ts";

export type Vtctl = (...args: readonly string[]) => Promise<string>;

/** With the client's path and vtctld's host:port. */
export const createVtctl =
  (program: string, server: string): Vtctl =>
  async (...args) =>
    run(program, [...args, "--server", server, "--action-timeout", "60s"]);
