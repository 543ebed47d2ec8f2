/** Lines once, or each few seconds anew until Ctrl-C; on a terminal in the same place. */
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./say.ts";

const EVERY_MS = 2_000;
const CLEAR = "\u001b[H\u001b[J";

export const showAgain = async (
  isWatching: boolean,
  read: () => Promise<readonly string[]>,
): Promise<void> => {
  for (;;) {
    const lines = await read();
    say(`${isWatching && process.stdout.isTTY ? CLEAR : ""}${lines.join("\n")}`);
    if (!isWatching) return;
    await sleep(EVERY_MS);
    if (!process.stdout.isTTY) say("");
  }
};
