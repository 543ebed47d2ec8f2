/**
 * How a server process is started: in a process group of its own, bound to end when its supervisor
 * dies, and never as root (Vitess and MySQL refuse it, and rightly).
 *
 * setpriv (util-linux, part of every Debian and Ubuntu) sets the parent-death signal and drops the
 * user; Node can do neither for a process that it did not fork itself.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Give the process the right to pass folders that its user may not enter (a clone in /root). */
  readonly mayPassFolders: boolean;
}

const nobody = 65_534;

/** Whether everybody may pass through each folder above the path. */
const isReachable = async (path: string): Promise<boolean> => {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    const { mode } = await stat(folder);
    if ((mode & 0o001) === 0) return false;
  }
  return true;
};

/** Whom to run servers as: oneself, or for root the user behind sudo, or nobody. */
export const findAccount = async (paths: readonly string[]): Promise<Account | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const uid = Number(process.env["SUDO_UID"] ?? nobody) || nobody;
  const gid = Number(process.env["SUDO_GID"] ?? nobody) || nobody;
  const reachable = await Promise.all(paths.map(isReachable));
  return { uid, gid, mayPassFolders: reachable.includes(false) };
};

const toSetpriv = (account: Account | undefined): readonly string[] => {
  const args = ["--pdeathsig", "TERM"];
  if (!account) return args;
  args.push("--reuid", String(account.uid), "--regid", String(account.gid), "--clear-groups");
  if (account.mayPassFolders) {
    args.push("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search");
    // Without this bit access(2), which mysqld goes by, leaves out the rights of other than root.
    args.push("--securebits", "+no_setuid_fixup");
  }
  return args;
};

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Of the caller's environment only this reaches a server. */
const inherited = ["PATH", "LANG", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS"] as const;

/** Start the program with both its outputs appended to the log file. */
export const launch = (
  program: Program,
  logFile: string,
  account: Account | undefined,
): ChildProcess => {
  const base = inherited.flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const log = openSync(logFile, "a");
  const args = [...toSetpriv(account), "--", program.command, ...program.args];
  return spawn("setpriv", args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...Object.fromEntries(base), ...program.env },
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
  });
};
