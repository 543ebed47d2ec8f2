/** The command line: `npx tagenal …`. */
import { Command } from "commander";
import { registerDown } from "./down.ts";
import { registerGenerate } from "./generate.ts";
import { registerLoad } from "./load.ts";
import { registerOps } from "./ops.ts";
import { registerPlacement } from "./placement.ts";
import { Remedy } from "./preflight.ts";
import { registerQuery } from "./query.ts";
import { registerReaderToken } from "./reader-token.ts";
import { registerStatus } from "./status.ts";
import { registerTablets } from "./tablets.ts";
import { registerTrace } from "./trace.ts";
import { registerUp } from "./up.ts";

// Whoever reads our lines may have had enough, as `head` has: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const program = new Command("tagenal")
  .description("A distributed database management system for a reading site")
  .showHelpAfterError();
registerUp(program);
registerDown(program);
registerStatus(program);
registerGenerate(program);
registerLoad(program);
registerTablets(program);
registerPlacement(program);
registerOps(program);
registerQuery(program);
registerTrace(program);
registerReaderToken(program);

// Whoever reads has had enough, as head does: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  const isForPeople = error instanceof Remedy;
  const text = error instanceof Error ? (isForPeople ? error.message : error.stack) : String(error);
  process.stderr.write(`\n${text}\n`);
  process.exitCode = 1;
}
