/**
 * Where the input of a load lies before it is loaded, and what may lie there. Pure.
 *
 * A source is uploads/<fingerprint>, the fingerprint being that of the files' names, sizes and
 * SHA-256: the same files are the same source, wherever and however often they are sent from.
 * Beside them lies a manifest with what was announced, against which the files are checked.
 */
import { hash } from "node:crypto";
import { z } from "zod";
import { isLoadable, tableOfFile } from "./staged-names.ts";
import type { LoadableName } from "./tables.ts";

const MAX_FILES = 1_000;
const MAX_BYTES = 1024 ** 4;
const stagedFile = z.strictObject({
  name: z
    .string()
    .max(200)
    .refine(
      isLoadable,
      "must begin with user, article or read and end in .dat, .jsonl, .csv or .sql, .gz or .zst after it allowed",
    )
    .meta({ examples: ["user.dat", "article.csv.gz", "user_read.sql"] }),
  size: z.int().min(0).max(MAX_BYTES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
});

export type StagedFile = z.infer<typeof stagedFile>;

export const manifest = z.strictObject({
  files: z
    .array(stagedFile)
    .min(1, "must name at least one file")
    .max(MAX_FILES)
    .refine((files) => new Set(files.map(({ name }) => name)).size === files.length, {
      error: "must not name a file twice",
    }),
});

export type Manifest = z.infer<typeof manifest>;

const byName = (one: StagedFile, other: StagedFile): number => (one.name < other.name ? -1 : 1);

export const toSource = ({ files }: Manifest): string => {
  const lines = files.toSorted(byName).map(({ name, size, sha256 }) => `${sha256} ${size} ${name}`);
  return `uploads/${hash("sha256", lines.join("\n")).slice(0, 32)}`;
};

export const SOURCE = /^uploads\/[0-9a-f]{32}$/;
export const isSource = (text: string): boolean => SOURCE.test(text);

export const manifestKey = (source: string): string => `${source}/manifest.json`;
export const fileKey = (source: string, name: string): string => `${source}/files/${name}`;

/** Objects of one load operation: its chunks, and what it rejected. */
export const chunkPrefix = (operationId: string): string => `loads/${operationId}/chunks/`;
export const chunkKey = (operationId: string, number: number): string =>
  `${chunkPrefix(operationId)}${String(number).padStart(7, "0")}.json`;
export const rejectsKey = (operationId: string): string => `loads/${operationId}/rejects.jsonl`;

const order: readonly LoadableName[] = ["users", "articles", "reads"];

/** In the order to read them in: a read needs to know its user and its article. */
export const inReadingOrder = ({ files }: Manifest): { file: StagedFile; table: LoadableName }[] =>
  order.flatMap((table) =>
    files
      .filter(({ name }) => tableOfFile(name) === table)
      .toSorted(byName)
      .map((file) => ({ file, table })),
  );
