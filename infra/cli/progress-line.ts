/** One line that moves on a terminal; elsewhere a plain line now and then. */
import { say } from "./say.ts";

export interface ProgressLine {
  /** `fraction` from 0 to 1, or undefined where there is no telling. */
  show(fraction: number | undefined, text: string): void;
  /** Ends the line, so that what comes next stands below it. */
  end(): void;
}

const WIDTH = 24;
const PLAIN_EVERY_MS = 5_000;

export const toBar = (fraction: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
  return `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}`;
};

const toLine = (fraction: number | undefined, text: string): string =>
  fraction === undefined
    ? text
    : `${toBar(fraction)} ${String(Math.floor(fraction * 100)).padStart(3)} % ${text}`;

export const createProgressLine = (out: NodeJS.WriteStream = process.stdout): ProgressLine => {
  let last = "";
  let saidAt = 0;
  const onTerminal = (line: string): void => {
    const cut = line.slice(0, Math.max(20, (out.columns ?? 80) - 1));
    if (cut === last) return;
    out.write(`\r\x1b[2K${cut}`);
    last = cut;
  };
  const plainly = (line: string, kind: string): void => {
    // Anything new at once; the same with other numbers every few seconds.
    const isDue = kind !== last || Date.now() - saidAt >= PLAIN_EVERY_MS;
    if (!isDue) return;
    say(line);
    last = kind;
    saidAt = Date.now();
  };
  return {
    show: (fraction, text) => {
      if (out.isTTY) onTerminal(toLine(fraction, text));
      else plainly(toLine(fraction, text), text.replaceAll(/[\d,.]+/g, ""));
    },
    end: () => {
      if (out.isTTY && last !== "") out.write("\n");
      last = "";
    },
  };
};
