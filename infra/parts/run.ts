/** Run a program to its end; a failure carries the last lines it printed, for people to act on. */
import { spawn } from "node:child_process";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Called with each line as it is printed. */
  readonly onLine?: (line: string) => void;
  readonly input?: string;
}

export class RunError extends Error {
  override readonly name = "RunError";
}

export const run = async (
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      ...(options.signal ? { signal: options.signal } : {}),
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    let tail = "";
    const listen = (chunk: string): void => {
      tail = (tail + chunk).slice(-4000);
      for (const line of chunk.split("\n")) if (line.trim()) options.onLine?.(line.trim());
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      listen(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(output);
      else {
        const what = `${command} ${args.slice(0, 3).join(" ")} ended with ${signal ?? code}`;
        reject(new RunError(`${what}\n${tail.trim()}`));
      }
    });
    child.stdin.on("error", () => undefined).end(options.input ?? "");
  });

/** What the program prints, or undefined when it is not there or fails. */
export const tryRun = async (
  command: string,
  args: readonly string[],
): Promise<string | undefined> => run(command, args).catch(() => undefined);
