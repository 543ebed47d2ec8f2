/**
 * The object store (S3 API) as functions see it. Keys are paths without a leading slash. Objects
 * are written whole, so that a reader never sees half of one; reading one that is not there throws
 * `not-found`, a store that does not answer `unavailable`.
 */
import { Readable } from "node:stream";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { SpanKind } from "@opentelemetry/api";
import { Problem } from "./problem.ts";
import { inPart } from "./trace-context.ts";

export interface StoredObject {
  readonly key: string;
  readonly size: number;
}

export interface ObjectStore {
  stream(key: string): Promise<Readable>;
  read(key: string): Promise<Buffer>;
  put(key: string, body: Buffer | string, contentType?: string): Promise<void>;
  /** Its size, or undefined where there is none. */
  sizeOf(key: string): Promise<number | undefined>;
  list(prefix: string): AsyncIterable<StoredObject>;
  deletePrefix(prefix: string): Promise<void>;
  /** An address that lets whoever has it write, or read, this one object for a while. */
  presignPut(key: string, seconds: number): Promise<string>;
  presignGet(key: string, seconds: number): Promise<string>;
}

/** The configuration of a function that uses the store (shared/env.ts). */
export interface ObjectStoreEnv {
  readonly S3_ENDPOINT: string;
  readonly S3_BUCKET: string;
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

const TIMEOUT_MS = 20_000;

export const statusOf = (error: unknown): number | undefined => {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number };
  return httpStatusCode;
};

const toStoreError = (error: unknown, key: string): unknown => {
  const status = statusOf(error);
  if (status === 404)
    return new Problem("not-found", "there is no such object", { cause: error, because: key });
  // A refusal is a matter of configuration or rights: no retry mends it.
  if (status !== undefined && status < 500 && status !== 429) return error;
  const reason = error instanceof Error && error.message !== "" ? error.message : String(status);
  return new Problem("unavailable", "the object store is not available", {
    cause: error,
    because: reason,
  });
};

export const guarded = <T>(key: string, work: () => Promise<T>): Promise<T> =>
  inPart(
    () => ({ name: "object store", kind: SpanKind.CLIENT, attributes: { "aws.s3.key": key } }),
    async () => {
      try {
        return await work();
      } catch (error) {
        throw toStoreError(error, key);
      }
    },
  );

export const createClient = (env: ObjectStoreEnv): S3Client =>
  new S3Client({
    endpoint: env.S3_ENDPOINT,
    region: env.AWS_REGION,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    },
    // Buckets as part of the path: a local store has no name for each bucket.
    forcePathStyle: true,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: TIMEOUT_MS },
    // Our own SHA-256 travels in the ledger; a CRC in JavaScript for each body would be slow.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });

async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncIterable<StoredObject> {
  let next: string | undefined;
  do {
    const token = next === undefined ? {} : { ContinuationToken: next };
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...token });
    const page = await guarded(prefix, () => client.send(command));
    for (const { Key: key, Size: size } of page.Contents ?? [])
      if (key !== undefined) yield { key, size: size ?? 0 };
    next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (next !== undefined);
}

const deleteAll = async (client: S3Client, bucket: string, keys: string[]): Promise<void> => {
  if (keys.length === 0) return;
  const Objects = keys.map((Key) => ({ Key }));
  await guarded(keys[0] ?? "", () =>
    client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } })),
  );
};

const PAGE = 1_000; // DeleteObjects takes no more.

export const createObjectStore = (env: ObjectStoreEnv): ObjectStore => {
  const client = createClient(env);
  const Bucket = env.S3_BUCKET;
  const stream = (key: string): Promise<Readable> =>
    guarded(key, async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      if (!(Body instanceof Readable)) throw new Error(`no body for ${key}`);
      return Body;
    });
  return {
    stream,
    read: async (key) => {
      const body = await stream(key);
      return guarded(key, async () => Buffer.concat(await body.toArray()));
    },
    put: (key, body, contentType = "application/octet-stream") =>
      guarded(key, async () => {
        await client.send(
          new PutObjectCommand({ Bucket, Key: key, Body: body, ContentType: contentType }),
        );
      }),
    sizeOf: async (key) => {
      try {
        const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: key }));
        return ContentLength ?? 0;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw toStoreError(error, key);
      }
    },
    list: (prefix) => listObjects(client, Bucket, prefix),
    deletePrefix: async (prefix) => {
      let keys: string[] = [];
      for await (const { key } of listObjects(client, Bucket, prefix)) {
        keys.push(key);
        if (keys.length < PAGE) continue;
        await deleteAll(client, Bucket, keys);
        keys = [];
      }
      await deleteAll(client, Bucket, keys);
    },
    presignPut: (key, seconds) =>
      getSignedUrl(client, new PutObjectCommand({ Bucket, Key: key }), { expiresIn: seconds }),
    presignGet: (key, seconds) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket, Key: key }), { expiresIn: seconds }),
  };
};
