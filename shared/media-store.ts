/**
 * The media in the object store. What lies there was checked by the store itself: the address of an
 * upload is signed together with the file's length, type and SHA-256, and is refused where there is
 * a file of that name.
 */
import { Readable } from "node:stream";
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { type MediaFile, mediaKey } from "./media.ts";
import { createClient, guarded, type ObjectStoreEnv, statusOf } from "./object-store.ts";

export interface MediaObject {
  readonly status: 200 | 206;
  readonly body: Readable;
  /** Of this answer, in bytes. */
  readonly length: number;
  readonly type: string;
  /** With its quotes. */
  readonly etag: string;
  /** Such as `bytes 0-99/1000`, with 206. */
  readonly range: string | undefined;
  readonly modified: Date | undefined;
}

export interface MediaRequest {
  /** As in the header Range; what the store does not understand it ignores. */
  readonly range?: string;
  /** Only if it is not one of these; as in the headers of the same names. */
  readonly ifNoneMatch?: string;
  readonly ifMatch?: string;
}

export type MediaMiss = "not-found" | "not-modified" | "changed" | "bad-range";

export interface StoredFile {
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  readonly type: string;
}

export interface SignedUpload {
  readonly url: string;
  /** To be sent as they are: they are signed. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface MediaStore {
  open(key: string, request: MediaRequest): Promise<MediaObject | MediaMiss>;
  /** What is there; undefined where nothing is. */
  find(key: string): Promise<StoredFile | undefined>;
  presignUpload(file: MediaFile, seconds: number): Promise<SignedUpload>;
}

const misses: Readonly<Record<number, MediaMiss>> = {
  304: "not-modified",
  404: "not-found",
  412: "changed",
  416: "bad-range",
};

const toMediaObject = (output: GetObjectCommandOutput, body: Readable): MediaObject => ({
  status: output.ContentRange === undefined ? 200 : 206,
  body,
  length: output.ContentLength ?? 0,
  type: output.ContentType ?? "",
  etag: output.ETag ?? "",
  range: output.ContentRange,
  modified: output.LastModified,
});

export const createMediaStore = (env: ObjectStoreEnv): MediaStore => {
  const client = createClient(env);
  const Bucket = env.S3_BUCKET;
  return {
    open: async (key, { range, ifNoneMatch, ifMatch }) => {
      const command = new GetObjectCommand({
        ...{ Bucket, Key: key },
        ...(range === undefined ? {} : { Range: range }),
        ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
        ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
      });
      const opened = await guarded(key, async () => {
        try {
          return await client.send(command);
        } catch (error) {
          const miss = misses[statusOf(error) ?? 0];
          if (miss === undefined) throw error;
          return miss;
        }
      });
      if (typeof opened === "string") return opened;
      if (!(opened.Body instanceof Readable)) throw new Error(`no body for ${key}`);
      return toMediaObject(opened, opened.Body);
    },
    find: (key) =>
      guarded(key, async () => {
        try {
          const found = await client.send(new HeadObjectCommand({ Bucket, Key: key }));
          return {
            sha256: found.Metadata?.["sha256"] ?? "",
            size: found.ContentLength ?? 0,
            type: found.ContentType ?? "",
          };
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      }),
    presignUpload: async ({ aid, name, sha256, size, type }, seconds) => {
      const headers = {
        "content-type": type,
        "if-none-match": "*",
        "x-amz-checksum-sha256": Buffer.from(sha256, "hex").toString("base64"),
        "x-amz-meta-sha256": sha256,
      };
      const command = new PutObjectCommand({
        ...{ Bucket, Key: mediaKey(aid, name) },
        ContentType: type,
        ContentLength: size,
        IfNoneMatch: headers["if-none-match"],
        ChecksumSHA256: headers["x-amz-checksum-sha256"],
        Metadata: { sha256 },
      });
      const url = await getSignedUrl(client, command, {
        expiresIn: seconds,
        // As headers, not as part of the address: only then does the store check them.
        unhoistableHeaders: new Set(["x-amz-checksum-sha256", "x-amz-meta-sha256"]),
        signableHeaders: new Set(["content-length", "content-type", "if-none-match"]),
      });
      return { url, headers };
    },
  };
};
