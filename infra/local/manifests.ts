/** Reads the Kubernetes manifests of a folder: the same files that a real cluster is given. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().default("default"),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.unknown().optional(),
});

export type Manifest = z.infer<typeof manifest> & { readonly file: string };

const parseFile = async (file: string): Promise<Manifest[]> => {
  const documents = parseAllDocuments(await readFile(file, "utf8"));
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`);
    const value: unknown = document.toJS();
    return value === null ? [] : [{ ...parseAs(manifest, value, file), file }];
  });
};

/** Parses or throws an error that says where in which file. */
export const parseAs = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: string,
): z.infer<S> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`${where}: ${faults.join("; ")}`);
};

/** In the order of the files' names, then of the documents in each. */
export const readManifests = async (folder: string): Promise<Manifest[]> => {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  return (await Promise.all(names.map((name) => parseFile(join(folder, name))))).flat();
};
