/**
 * The commands of infra/kubernetes/README.md, given as it says: so it cannot say what does not work.
 * Only what depends on the cluster differs: how images get to its nodes, and its overlay.
 *
 *   DATABASE_IMAGES=loaded   says that the nodes have those of `npm run images -- --database`
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "#infra/parts/run.ts";
import { environmentOf, type KubernetesUnderTest } from "./kubernetes.ts";

const root = join(import.meta.dirname, "../..");
const MOST_COMMANDS = 15;

/** Of the first block, without what is said about them. */
export const readGuide = async (): Promise<readonly string[]> => {
  const text = await readFile(join(root, "infra/kubernetes/README.md"), "utf8");
  const [, block = ""] =
    /## From nothing to serving\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(text) ?? [];
  const lines = block.trimEnd().split("\n");
  const numbers = lines.map((line) => Number(/# (\d+) /.exec(`${line} `)?.[1]));
  if (numbers.some((number, index) => number !== index + 1) || lines.length > MOST_COMMANDS)
    throw new Error(`the guide's commands are not numbered from 1 to at most ${MOST_COMMANDS}`);
  return lines.map((line) => line.replace(/\s+# \d+.*$/, ""));
};

const hasDatabaseImages = (): boolean => process.env["DATABASE_IMAGES"] === "loaded";

/** As it is given on this cluster; undefined where there is nothing to do. Pure but for that. */
const adapt = (
  command: string,
  { imagesLoad, overlay }: KubernetesUnderTest,
): string | undefined => {
  const isLeftOut = (part: string): boolean => hasDatabaseImages() && /database\b/.test(part);
  if (command.startsWith("npm run images")) return isLeftOut(command) ? undefined : command;
  if (command.startsWith("kind load")) {
    if (imagesLoad === "")
      throw new Error("IMAGES_LOAD: how do images get to the cluster's nodes?");
    const parts = command.split(" && ").filter((part) => !isLeftOut(part));
    return parts.join(" && ").replaceAll("kind load image-archive", imagesLoad);
  }
  if (command.startsWith("npm run deploy-database"))
    return command.replace("--overlay laptop", `--overlay ${overlay}`);
  if (command.includes("infra/kubernetes/entry"))
    return overlay === "test-node"
      ? command.replace("kubernetes/entry", "kubernetes/overlays/test-node/entry")
      : command;
  // On one node beside the database there is not much of a processor left for each.
  if (command === "npm run deploy") return `${command} -- --cpu 10m --timeout 600`;
  return command;
};

export interface GivenCommand {
  readonly command: string;
  readonly seconds: number;
  readonly said: string;
}

export const followGuide = async (kubernetes: KubernetesUnderTest): Promise<GivenCommand[]> => {
  const given: GivenCommand[] = [];
  const { kubectl } = kubernetes;
  const folder = kubectl.includes("/") ? `${dirname(kubectl)}:` : "";
  const path = `${folder}${process.env["PATH"]}`;
  for (const command of await readGuide()) {
    const adapted = adapt(command, kubernetes);
    if (adapted === undefined) continue;
    const startedAt = performance.now();
    const said = await run("sh", ["-c", adapted], {
      cwd: root,
      env: { ...environmentOf(kubernetes), PATH: path },
    });
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    process.stdout.write(`${adapted} [${seconds} s]\n`);
    given.push({ command, seconds, said });
  }
  return given;
};
