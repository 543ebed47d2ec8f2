/**
 * The files that are dropped on the page: what they are called for a load, their fingerprints, and
 * their way into the object store.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import {
  HEAD_BYTES,
  type InputOptions,
  toStagedNames,
  type Unknown,
} from "#shared/staged-names.ts";
import { ApiProblem, postJson } from "./api.ts";
import { texts } from "./texts.ts";

export interface Picked {
  readonly file: File;
  readonly head: Uint8Array;
  /** What its name does not tell, told by whoever dropped it. */
  readonly options: InputOptions;
}

export const pick = async (file: File): Promise<Picked> => ({
  file,
  head: new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()),
  options: {},
});

export const namesOf = ({ file, head, options }: Picked): readonly string[] | Unknown =>
  toStagedNames(file.name, head, options);

/** From 0 to 1, and what is being done. */
export type OnProgress = (share: number, doing: string) => void;

interface Announced {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** Piece by piece: a file may be larger than memory. */
const fingerprint = async (file: File, onBytes: (count: number) => void): Promise<string> => {
  const digest = sha256.create();
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytesToHex(digest.digest());
    digest.update(value);
    onBytes(value.length);
  }
};

interface Upload {
  readonly name: string;
  readonly url: string;
}

/** fetch() would not tell how far it is. */
const send = (url: string, file: File, onBytes: (done: number) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (): void => reject(new ApiProblem(request.status, texts.load.notSent(file.name)));
    request.upload.addEventListener("progress", ({ loaded }) => onBytes(loaded));
    request.addEventListener("load", () => (request.status < 300 ? resolve() : fail()));
    request.addEventListener("error", fail);
    request.open("PUT", url);
    request.send(file);
  });

/** Answers the source of a load. Throws where a file's name does not tell enough. */
export const stage = async (
  picked: readonly Picked[],
  token: string,
  onProgress: OnProgress,
): Promise<string> => {
  const total = picked.reduce((sum, { file }) => sum + file.size, 0);
  const share = (done: number): number => (total === 0 ? 1 : done / total);
  const byName = new Map<string, File>();
  const files: Announced[] = [];
  let checked = 0;
  for (const one of picked) {
    const { file } = one;
    const names = namesOf(one);
    if (typeof names === "string") throw new Error(texts.load.untold(file.name));
    const digest = await fingerprint(file, (count) => {
      checked += count;
      onProgress(share(checked), texts.load.checking);
    });
    for (const name of names) {
      byName.set(name, file);
      files.push({ name, size: file.size, sha256: digest });
    }
  }
  const announced = await postJson<{ source: string; files: readonly Upload[] }>(
    "/v1/uploads",
    { files },
    token,
  );
  const all = files.reduce((sum, { size }) => sum + size, 0);
  let sent = 0;
  for (const { name, url } of announced.files) {
    const file = byName.get(name);
    if (file === undefined) continue;
    await send(url, file, (done) =>
      onProgress(all === 0 ? 1 : (sent + done) / all, texts.load.sending),
    );
    sent += file.size;
  }
  return announced.source;
};
