/** Fingerprints the files of a load and sends them to the object store. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { request } from "undici";
import { type Manifest, type StagedFile, toSource } from "#shared/staging.ts";
import { type Api, patiently, toNoAnswer, UnreachableError } from "./api.ts";
import type { InputFile } from "./load-inputs.ts";

export interface Staging {
  readonly inputs: readonly InputFile[];
  readonly manifest: Manifest;
  readonly source: string;
  readonly bytes: number;
}

export type OnBytes = (done: number, total: number) => void;

const fingerprint = async (file: string, onBytes: (bytes: number) => void): Promise<string> => {
  const digest = createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    digest.update(piece);
    onBytes(piece.length);
  }
  return digest.digest("hex");
};

export const prepareStaging = async (
  inputs: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Staging> => {
  const bytes = inputs.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const files: StagedFile[] = [];
  for (const { name, path, size } of inputs) {
    const sha256 = await fingerprint(path, (count) => {
      done += count;
      onBytes(done, bytes);
    });
    files.push({ name, size, sha256 });
  }
  return { inputs, manifest: { files }, source: toSource({ files }), bytes };
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
    throw error instanceof UnreachableError ? error : failed(toNoAnswer(error), error);
  }
};

/** Sends all files; sending them again is harmless. */
export const sendFiles = async (
  api: Api,
  { inputs, manifest, bytes }: Staging,
  onBytes: OnBytes,
): Promise<void> => {
  const { files } = await patiently(() =>
    api.post<{ files: readonly Upload[] }>("/v1/uploads", manifest),
  );
  let done = 0;
  for (const upload of files) {
    const { path: file = "", size = 0 } = inputs.find(({ name }) => name === upload.name) ?? {};
    const before = done;
    await patiently(() => {
      done = before;
      return send(upload, {
        file,
        size,
        onBytes: (count) => {
          done += count;
          onBytes(done, bytes);
        },
      });
    });
  }
};
