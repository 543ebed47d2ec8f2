/** Gives commands to vtctld by its own client. */
import { run } from "#infra/parts/run.ts";

export type Vtctl = (...args: readonly string[]) => Promise<string>;

/**
 * With the client's path and vtctld's host:port; and where it speaks TLS, with the file of the
 * authority that has signed its certificate.
 */
export const createVtctl =
  (program: string, server: string, authority?: string): Vtctl =>
  async (...args) => {
    const secure = authority === undefined ? [] : ["--vtctld-grpc-ca", authority];
    return run(program, [...args, "--server", server, "--action-timeout", "60s", ...secure]);
  };
