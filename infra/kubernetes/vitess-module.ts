/**
 * What the Vitess module that infra/parts pins has for Kubernetes: the operator's resource
 * definitions and priority classes, and the script that a new MySQL is set up by. `go` fetches the
 * module and checks it against go.sum; nothing is built.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { run } from "#infra/parts/run.ts";

const object = z.looseObject({ apiVersion: z.string(), kind: z.string() });
export type VitessObject = z.infer<typeof object>;

export interface VitessModule {
  readonly definitions: readonly VitessObject[];
  readonly initScript: string;
}

const download = z.object({ Dir: z.string() });

export const readVitessModule = async (): Promise<VitessModule> => {
  const answer = await run("go", ["mod", "download", "-json", "vitess.io/vitess"], {
    cwd: join(import.meta.dirname, "../parts/vitess"),
    env: { GOFLAGS: "-mod=readonly", GOWORK: "off" },
  });
  const { Dir: folder } = download.parse(JSON.parse(answer));
  const text = await readFile(join(folder, "examples/operator/operator.yaml"), "utf8");
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) throw new Error("the operator's manifests are empty");
  const objects = documents.flatMap((document) => object.safeParse(document.toJS()).data ?? []);
  return {
    definitions: objects.filter(({ kind }) =>
      ["CustomResourceDefinition", "PriorityClass"].includes(kind),
    ),
    initScript: await readFile(join(folder, "config/init_db.sql"), "utf8"),
  };
};
