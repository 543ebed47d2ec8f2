/**
 * The first step of every npm script that a newcomer calls: runs on the machine's own Node (20 or
 * newer), installs the npm packages if they are not there or not those of the lock file, and goes
 * on with the project's own Node.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const node = join(root, "node_modules/node/bin/node");
const oldestNode = 20;

const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

const checkNode = () => {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode)
    fail(
      `Node ${process.versions.node} is too old: Node ${oldestNode} or newer is needed, see https://nodejs.org`,
    );
};

/** `npm ci` keeps to the lock file; what it installed is remembered by the lock file's digest. */
const installPackages = () => {
  const digest = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const mark = join(root, "node_modules/.installed");
  const isInstalled = existsSync(node) && existsSync(mark) && readFileSync(mark, "utf8") === digest;
  if (isInstalled) return;
  process.stdout.write("Installing the npm packages …\n");
  const start = Date.now();
  const { status, error } = spawnSync(
    "npm",
    ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  if (error) fail(`npm could not be started (${error.message}); it comes with Node`);
  if (status !== 0) fail("npm ci failed; see above");
  if (!existsSync(node))
    fail("The npm package `node` did not install its program; try: npm ci --ignore-scripts=false");
  writeFileSync(mark, digest);
  process.stdout.write(`npm packages [${Math.round((Date.now() - start) / 1000)}s]\n`);
};

const bin = (name) => join(root, "node_modules/.bin", name);

/** What each command runs, one after the other. */
const toSteps = ([command, ...rest]) => {
  if (command === "test")
    return [
      [bin("biome"), ["check", "."]],
      [bin("tsc"), []],
      [bin("tsc"), ["-p", join(root, "functions/serve-web/web")]],
      [node, [join(root, "infra/parts/main.ts")]],
      [bin("vitest"), ["run", "--project", "unit", "--project", "integration", ...rest]],
    ];
  return [[node, [join(root, "infra/cli/main.ts"), command, ...rest]]];
};

const run = (program, args) =>
  new Promise((resolve) => {
    const path = `${dirname(node)}:${process.env.PATH}`;
    const child = spawn(program, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH: path },
    });
    // A terminal sends Ctrl-C to both; a signal to this process alone is passed on.
    const listeners = ["SIGTERM", "SIGHUP"].map((signal) => {
      const pass = () => child.kill(signal);
      process.on(signal, pass);
      return [signal, pass];
    });
    child.on("exit", (code) => {
      for (const [signal, pass] of listeners) process.off(signal, pass);
      resolve(code ?? 1);
    });
  });

checkNode();
const isInstalling = ["up", "test"].includes(process.argv[2] ?? "");
if (isInstalling) installPackages();
else if (!existsSync(node)) fail("The npm packages are not there yet: npm run up, or npm ci");
process.on("SIGINT", () => undefined);
for (const [program, args] of toSteps(process.argv.slice(2))) {
  const code = await run(program, args);
  if (code !== 0) process.exit(code);
}
