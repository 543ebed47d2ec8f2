/**
 * Serves the media of articles, and answers addresses to which media can be sent.
 *
 * 1. A file is streamed from the store, whole or one range of it. It never changes under its name,
 *    so whoever has it need not ask again.
 * 2. Nothing but images, videos, sound and plain text is shown by a browser, and nothing may run.
 */
import type { Route, RouteRequest } from "#shared/http-function.ts";
import { isMediaName, isMediaType, mediaKey, OTHER_TYPE } from "#shared/media.ts";
import type { MediaMiss, MediaObject, MediaStore } from "#shared/media-store.ts";
import { Problem } from "#shared/problem.ts";
import { parseKey, readParams } from "#shared/query-params.ts";
import type { Reply } from "#shared/respond.ts";
import { createAnnounceMedia, type StoredMedia } from "./announce-media.ts";

export interface ServeMediaDeps {
  readonly media: Pick<MediaStore, "open" | "find" | "presignUpload">;
  readonly stored: StoredMedia;
}

const FOR_EVER = "public, max-age=31536000, immutable";

const safety = {
  "cache-control": FOR_EVER,
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
};

const keyOf = ({ params }: RouteRequest): string => {
  const aid = parseKey("aid", params["aid"] ?? "");
  const name = params["file"] ?? "";
  if (isMediaName(name)) return mediaKey(aid, name);
  throw new Problem("invalid-request", "file is not the name of a file", { field: "file" });
};

const toReply = (found: MediaObject): Reply => ({
  status: found.status,
  body: found.body,
  headers: {
    ...safety,
    "accept-ranges": "bytes",
    "content-type": isMediaType(found.type) ? found.type : OTHER_TYPE,
    "content-length": String(found.length),
    etag: found.etag,
    ...(found.range === undefined ? {} : { "content-range": found.range }),
    ...(found.modified === undefined ? {} : { "last-modified": found.modified.toUTCString() }),
  },
});

const toMissReply = (miss: MediaMiss, { params, headers }: RouteRequest): Reply => {
  if (miss === "not-modified") return { status: 304, headers: safety };
  if (miss === "bad-range")
    throw new Problem("range-not-satisfiable", `there is nothing at ${headers["range"]}`, {
      headers: { "accept-ranges": "bytes" },
    });
  const name = `${params["aid"]}/${params["file"]}`.slice(0, 100);
  throw new Problem("not-found", `there is no file ${name}`, { field: "file" });
};

const createGetMedia =
  ({ media }: ServeMediaDeps) =>
  async (request: RouteRequest): Promise<Reply> => {
    const key = keyOf(request);
    readParams(request.query, []);
    const { range, "if-range": ifRange, "if-none-match": ifNoneMatch } = request.headers;
    const known = ifNoneMatch === undefined ? {} : { ifNoneMatch };
    // A date instead of a tag (RFC 9110, 13.1.5) is not strong enough for us: all is sent.
    const isOfTag = ifRange === undefined || ifRange.startsWith('"');
    const part = range === undefined || !isOfTag ? {} : { range };
    const same = ifRange === undefined || !isOfTag ? {} : { ifMatch: ifRange };
    const found = await media.open(key, { ...known, ...part, ...same });
    const opened = found === "changed" ? await media.open(key, known) : found;
    return typeof opened === "string" ? toMissReply(opened, request) : toReply(opened);
  };

export const createServeMedia = (deps: ServeMediaDeps): Route[] => [
  { method: "GET", path: "/v1/media/:aid/:file", handle: createGetMedia(deps) },
  { method: "POST", path: "/v1/media", auth: "write", handle: createAnnounceMedia(deps) },
];
