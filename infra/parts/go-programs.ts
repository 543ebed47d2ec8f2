/**
 * Build the Go programs from the pinned modules beside this file, one module a tool so that their
 * dependencies stay apart. `go install tool` verifies every module against go.sum.
 */
import { createHash } from "node:crypto";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "./cache.ts";
import { run } from "./run.ts";

export type GoModule = "vitess" | "etcd" | "etcdctl" | "versitygw" | "jaeger";

/** Go names a program after its package, which says little of it here. */
const renames: Partial<Record<GoModule, readonly [string, string]>> = {
  etcd: ["server", "etcd"],
  jaeger: ["all-in-one", "jaeger"],
};

/** Answer the folder with the module's programs, building them first if they are not cached. */
export const goPrograms = async (
  module: GoModule,
  onLine?: (line: string) => void,
): Promise<string> => {
  const source = join(import.meta.dirname, module);
  const pins = await Promise.all(
    ["go.mod", "go.sum"].map((file) => readFile(join(source, file), "utf8")),
  );
  const version = createHash("sha256").update(pins.join("\0")).digest("hex").slice(0, 12);
  const directory = await cached(`${module}-${version}`, async (scratch) => {
    const bin = join(scratch, "bin");
    await run("go", ["install", "-v", "-trimpath", "-buildvcs=false", "tool"], {
      cwd: source,
      env: { GOBIN: bin, GOFLAGS: "-mod=readonly", CGO_ENABLED: "0", GOWORK: "off" },
      ...(onLine ? { onLine } : {}),
    });
    const names = renames[module];
    if (names) await rename(join(bin, names[0]), join(bin, names[1]));
  });
  return join(directory, "bin");
};
