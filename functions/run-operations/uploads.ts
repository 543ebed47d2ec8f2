/** Answers addresses to which the files of a load can be sent, straight into the object store. */
import { parseBody } from "#shared/parse-body.ts";
import type { Reply } from "#shared/respond.ts";
import { fileKey, manifest, manifestKey, toSource } from "#shared/staging.ts";

export interface UploadsDeps {
  readonly objects: {
    put(key: string, body: string, contentType: string): Promise<void>;
    presignPut(key: string, seconds: number): Promise<string>;
  };
}

const VALID_SECONDS = 3_600;
const CONTENT_TYPE = "application/json";

export const createUploads =
  ({ objects }: UploadsDeps) =>
  async ({ body }: { readonly body: unknown }): Promise<Reply> => {
    const announced = parseBody(manifest, body);
    const source = toSource(announced);
    await objects.put(manifestKey(source), JSON.stringify(announced), CONTENT_TYPE);
    const files = await Promise.all(
      announced.files.map(async ({ name }) => ({
        name,
        url: await objects.presignPut(fileKey(source, name), VALID_SECONDS),
        headers: {},
      })),
    );
    return { status: 201, body: { source, files, validSeconds: VALID_SECONDS } };
  };
