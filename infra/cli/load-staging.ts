/** Finds the files of a load in a folder, fingerprints them, and sends them to the object store. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { request } from "undici";
import { isLoadable, type Manifest, type StagedFile, toSource } from "#shared/staging.ts";
import { type Api, patiently, UnreachableError } from "./api.ts";
import { Remedy } from "./preflight.ts";

export interface Staging {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly source: string;
  readonly bytes: number;
}

export type OnBytes = (done: number, total: number) => void;

const findFiles = async (dir: string): Promise<{ name: string; size: number }[]> => {
  const entries = await readdir(dir, { withFileTypes: true }).catch((cause: unknown) => {
    throw new Remedy(`There is no folder ${dir}.`, { cause });
  });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const dump = names.find((name) => /\.sql(\.|$)/.test(name));
  if (dump !== undefined) throw new Remedy(`${dump}: SQL dumps cannot be loaded yet.`);
  const loadable = names.filter(isLoadable).sort();
  if (loadable.length === 0)
    throw new Remedy(
      `${dir} has nothing to load: the files are called user.dat, article.dat and read.dat, or ` +
        ".jsonl or .csv, and may be compressed (.gz, .zst).",
    );
  return Promise.all(
    loadable.map(async (name) => ({ name, size: (await stat(join(dir, name))).size })),
  );
};

const fingerprint = async (file: string, onBytes: (bytes: number) => void): Promise<string> => {
  const digest = createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    digest.update(piece);
    onBytes(piece.length);
  }
  return digest.digest("hex");
};

export const prepareStaging = async (dir: string, onBytes: OnBytes): Promise<Staging> => {
  const found = await findFiles(dir);
  const bytes = found.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const files: StagedFile[] = [];
  for (const { name, size } of found) {
    const sha256 = await fingerprint(join(dir, name), (count) => {
      done += count;
      onBytes(done, bytes);
    });
    files.push({ name, size, sha256 });
  }
  return { dir, manifest: { files }, source: toSource({ files }), bytes };
};

interface Upload {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function* observe(file: string, onBytes: (bytes: number) => void): AsyncIterable<Buffer> {
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 18 })) {
    yield piece;
    onBytes(piece.length);
  }
}

const send = async (
  { url, headers, name }: Upload,
  { file, size, onBytes }: { file: string; size: number; onBytes: (bytes: number) => void },
): Promise<void> => {
  const failed = (reason: string, cause?: unknown): Error =>
    new UnreachableError(`${name} could not be sent to the object store: ${reason}`, { cause });
  try {
    const { statusCode, body } = await request(url, {
      method: "PUT",
      // A store takes no body of unknown length.
      headers: { ...headers, "content-length": String(size) },
      body: size === 0 ? "" : Readable.from(observe(file, onBytes), { objectMode: false }),
    });
    await body.dump();
    if (statusCode >= 300) throw failed(`HTTP ${statusCode}`);
  } catch (error) {
    throw error instanceof UnreachableError ? error : failed("no answer", error);
  }
};

/** Sends all files; sending them again is harmless. */
export const sendFiles = async (
  api: Api,
  { dir, manifest, bytes }: Staging,
  onBytes: OnBytes,
): Promise<void> => {
  const { files } = await patiently(() =>
    api.post<{ files: readonly Upload[] }>("/v1/uploads", manifest),
  );
  let done = 0;
  for (const upload of files) {
    const size = manifest.files.find(({ name }) => name === upload.name)?.size ?? 0;
    const before = done;
    await patiently(() => {
      done = before;
      return send(upload, {
        file: join(dir, upload.name),
        size,
        onBytes: (count) => {
          done += count;
          onBytes(done, bytes);
        },
      });
    });
  }
};
