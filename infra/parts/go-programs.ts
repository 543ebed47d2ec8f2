/**
 * Build the Go programs from the pinned modules beside this file, one module a tool so that their
 * dependencies stay apart. `go install tool` verifies every module against go.sum.
 */
import { createHash } from "node:crypto";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "./cache.ts";
import { run } from "./run.ts";

export type GoModule = "vitess" | "etcd" | "etcdctl" | "versitygw" | "jaeger" | PrometheusModule;
export type PrometheusModule =
  | "prometheus"
  | "prometheus-kubernetes"
  | "alertmanager"
  | "node-exporter"
  | "mysqld-exporter"
  | "redis-exporter";

/** Go names a program after its package, which says little of it here. */
const renames: Partial<Record<GoModule, readonly [string, string]>> = {
  etcd: ["server", "etcd"],
  jaeger: ["all-in-one", "jaeger"],
};

/** Where a module makes other programs by other tags. */
const sources: Partial<Record<GoModule, GoModule>> = { "prometheus-kubernetes": "prometheus" };

/** Locally Prometheus finds its targets by files and HTTP: without the clouds it is a third to build. */
const tags: Partial<Record<GoModule, string>> = {
  prometheus: "remove_all_sd",
  "prometheus-kubernetes": "remove_all_sd,enable_kubernetes_sd",
};

/** Answer the folder with the module's programs, building them first if they are not cached. */
export const goPrograms = async (
  module: GoModule,
  onLine?: (line: string) => void,
): Promise<string> => {
  const source = join(import.meta.dirname, sources[module] ?? module);
  const pins = await Promise.all(
    ["go.mod", "go.sum"].map((file) => readFile(join(source, file), "utf8")),
  );
  const version = createHash("sha256").update(pins.join("\0")).digest("hex").slice(0, 12);
  const directory = await cached(`${module}-${version}`, async (scratch) => {
    const bin = join(scratch, "bin");
    const flags = ["-v", "-trimpath", "-buildvcs=false", `-tags=${tags[module] ?? ""}`];
    await run("go", ["install", ...flags, "tool"], {
      cwd: source,
      env: { GOBIN: bin, GOFLAGS: "-mod=readonly", CGO_ENABLED: "0", GOWORK: "off" },
      ...(onLine ? { onLine } : {}),
    });
    const names = renames[module];
    if (names) await rename(join(bin, names[0]), join(bin, names[1]));
  });
  return join(directory, "bin");
};
