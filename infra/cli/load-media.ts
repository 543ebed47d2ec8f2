/**
 * Sends the texts, images and videos that lie in articles/article{aid}/ of an input folder to the
 * object store, some at a time. What is there already is not sent again.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { request } from "undici";
import { isMediaName, type MediaFile, mediaPath } from "#shared/media.ts";
import { type Api, patiently, toNoAnswer, UnreachableError } from "./api.ts";
import { Remedy } from "./preflight.ts";
import { sniffType } from "./sniff-type.ts";

export interface MediaSummary {
  readonly files: number;
  readonly bytes: number;
  /** Of them, those that were there already. */
  readonly stored: number;
  /** Addresses under which another content is there. */
  readonly others: readonly string[];
}

interface LocalFile {
  readonly aid: number;
  readonly name: string;
  readonly path: string;
}

interface Announced extends LocalFile {
  readonly media: MediaFile;
}

interface Answer {
  readonly state: "wanted" | "stored" | "other";
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const BATCH = 250;
const AT_ONCE = 8;
/** A file up to this is read at once, for its type and its fingerprint; a larger one in pieces. */
const SMALL = 4 * 1024 * 1024;
const FOLDER = /^article(\d{1,15})$/;

const listFolders = async (dir: string): Promise<{ aid: number; folder: string }[]> => {
  const root = join(dir, "articles");
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => {
    const aid = FOLDER.exec(entry.name)?.[1];
    return aid === undefined || !entry.isDirectory()
      ? []
      : [{ aid: Number(aid), folder: join(root, entry.name) }];
  });
};

/** True where there are media in any of the folders. */
export const hasMedia = async (dirs: readonly string[]): Promise<boolean> =>
  (await Promise.all(dirs.map(listFolders))).flat().length > 0;

async function* listMedia(dirs: readonly string[]): AsyncIterable<LocalFile> {
  for (const dir of dirs)
    for (const { aid, folder } of await listFolders(dir))
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const { name } = entry;
        const path = join(folder, name);
        if (name.startsWith(".") || entry.isDirectory()) continue;
        if (!isMediaName(name)) throw new Remedy(`${path}: its name cannot be part of an address.`);
        yield { aid, name, path };
      }
}

const readHead = async (path: string): Promise<Buffer> => {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SMALL), 0, SMALL, 0);
  return buffer.subarray(0, bytesRead);
};

const announce = async (local: LocalFile): Promise<Announced> => {
  const { aid, name, path } = local;
  const head = await readHead(path);
  const { size } = await stat(path);
  const digest = createHash("sha256");
  if (size === head.length) digest.update(head);
  else for await (const piece of createReadStream(path)) digest.update(piece);
  const type = await sniffType(head, size === head.length);
  return { ...local, media: { aid, name, size, sha256: digest.digest("hex"), type } };
};

/** Answers false where another has put a file there meanwhile. */
const send = async ({ path, media }: Announced, { url = "", headers = {} }: Answer) => {
  const failed = (reason: string, cause?: unknown): Error =>
    new UnreachableError(`${path} could not be sent to the object store: ${reason}`, { cause });
  const { statusCode, body } = await request(url, {
    method: "PUT",
    headers: { ...headers, "content-length": String(media.size) },
    body: media.size === 0 ? "" : Readable.from(createReadStream(path), { objectMode: false }),
  }).catch((cause: unknown) => {
    throw failed(toNoAnswer(cause), cause);
  });
  const text = await body.text();
  if (statusCode >= 500) throw failed(`HTTP ${statusCode}`);
  if (statusCode >= 300 && statusCode !== 412)
    throw new Remedy(`${path} was refused by the object store: ${text.slice(0, 200)}`);
  return statusCode !== 412;
};

/** Runs `work` on all, some at a time; nothing is under way any more when it ends or fails. */
const eachSome = async <T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
  const left = all.values();
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (const one of left) await work(one);
  });
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
};

const sendBatch = async (api: Api, batch: readonly Announced[]): Promise<Answer["state"][]> => {
  const ask = (files: readonly Announced[]): Promise<Answer[]> =>
    patiently(async () => {
      const body = { files: files.map(({ media }) => media) };
      return (await api.post<{ files: Answer[] }>("/v1/media", body)).files;
    });
  const answers = await ask(batch);
  const states = answers.map(({ state }) => state);
  const wanted = [...answers.entries()].filter(([, { state }]) => state === "wanted");
  await eachSome(wanted, async ([index, answer]) => {
    const file = batch[index];
    if (file === undefined || (await patiently(() => send(file, answer)))) return;
    // Sent before without our hearing of it, or by somebody else: the store knows.
    states[index] = (await ask([file]))[0]?.state ?? "other";
  });
  return states;
};

export const sendMedia = async (
  api: Api,
  dirs: readonly string[],
  onSent: (files: number, bytes: number) => void,
): Promise<MediaSummary> => {
  let [files, bytes, stored] = [0, 0, 0];
  const others: string[] = [];
  const sendAll = async (batch: LocalFile[]): Promise<void> => {
    const announced: Announced[] = [];
    await eachSome(batch, async (local) => void announced.push(await announce(local)));
    const states = await sendBatch(api, announced);
    for (const [index, { media }] of announced.entries()) {
      files += 1;
      bytes += media.size;
      if (states[index] === "stored") stored += 1;
      if (states[index] === "other") others.push(mediaPath(media.aid, media.name));
    }
    onSent(files, bytes);
  };
  let batch: LocalFile[] = [];
  for await (const local of listMedia(dirs)) {
    batch.push(local);
    if (batch.length < BATCH) continue;
    await sendAll(batch);
    batch = [];
  }
  if (batch.length > 0) await sendAll(batch);
  return { files, bytes, stored, others };
};
