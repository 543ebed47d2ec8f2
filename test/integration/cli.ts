/** The command line, run as a user would. */
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { TestCluster } from "./cluster.ts";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface CliCall {
  readonly args: readonly string[];
  readonly cwd: string;
  /** A file to be sent to its standard input. */
  readonly stdin?: string;
}

const cli = join(import.meta.dirname, "../../infra/cli/main.ts");

export const runCli = (
  { url, token }: TestCluster,
  { args, cwd, stdin }: CliCall,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd,
      env: { ...process.env, TAGENAL_URL: url, TAGENAL_TOKEN: token, INIT_CWD: cwd },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    const listen = (piece: Buffer): void => {
      output += piece.toString();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => resolve({ code, output }));
    if (stdin === undefined) child.stdin.end();
    else createReadStream(stdin).pipe(child.stdin);
  });
