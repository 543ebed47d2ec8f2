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
/** So often that a log shows that it still goes on, and no oftener. */
const UNCHANGED_EVERY_MS = 60_000;

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
  let lastLine = "";
  let saidAt = 0;
  const onTerminal = (line: string): void => {
    const cut = line.slice(0, (out.columns || 80) - 1);
    if (cut === last) return;
    out.write(`\r\x1b[2K${cut}`);
    last = cut;
  };
  const plainly = (line: string, kind: string): void => {
    // Anything new at once; the same with other numbers every few seconds.
    const pause = line === lastLine ? UNCHANGED_EVERY_MS : PLAIN_EVERY_MS;
    if (kind === last && Date.now() - saidAt < pause) return;
    say(line);
    last = kind;
    lastLine = line;
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
