#!/usr/bin/env node
/** Run the command line on the project's own Node, whatever the machine has. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const node = join(root, "node_modules/node/bin/node");
if (!existsSync(node)) {
  process.stderr.write("The npm packages are not there yet: npm run up, or npm ci\n");
  process.exit(1);
}
const main = join(root, "infra/cli/main.ts");
const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
// A terminal sends Ctrl-C to both; a signal to this process alone is passed on.
process.on("SIGINT", () => undefined);
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
