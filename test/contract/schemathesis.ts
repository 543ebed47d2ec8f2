/** schemathesis from PyPI, in a folder of the cache, at the versions of requirements.txt. */
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "#infra/parts/cache.ts";
import { run } from "#infra/parts/run.ts";

const folder = import.meta.dirname;
const requirements = join(folder, "requirements.txt");

/** Not a virtual environment, whose programs name their folder: this one is renamed when whole. */
const findPackages = async (): Promise<string> => {
  const version = hash("sha256", await readFile(requirements, "utf8")).slice(0, 12);
  return cached(`schemathesis-${version}`, async (directory) => {
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-deps"];
    await run("python3", [...pip, "--target", directory, "--requirement", requirements]);
  });
};

export interface Tested {
  readonly code: number | null;
  /** What it printed: its findings, each with the request that shows it. */
  readonly output: string;
}

/** Tests the API at `url` against the document that it serves itself. */
export const testContract = async (
  { url, token }: { readonly url: string; readonly token: string },
  args: readonly string[],
): Promise<Tested> => {
  const packages = await findPackages();
  // Its own patience with a function that has to start first is short.
  const response = await fetch(`${url}/openapi.json`);
  if (!response.ok) throw new Error(`/openapi.json is answered ${response.status}`);
  const program = join(packages, "bin/schemathesis");
  const command = [program, "--config-file", join(folder, "schemathesis.toml")];
  const child = spawn("python3", [...command, "run", `${url}/openapi.json`, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      PYTHONPATH: packages,
      PYTHONDONTWRITEBYTECODE: "1",
      TAGENAL_TOKEN: token,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
};
