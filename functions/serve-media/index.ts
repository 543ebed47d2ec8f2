import { readEnv, text, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { MEDIA_PREFIX } from "#shared/media.ts";
import { createMediaStore } from "#shared/media-store.ts";
import { createObjectStore } from "#shared/object-store.ts";
import { createServeMedia } from "./serve-media.ts";

const env = readEnv({
  S3_ENDPOINT: url,
  S3_BUCKET: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
});
const objects = createObjectStore(env);
const readKeys = async (prefix: string): Promise<Set<string>> => {
  const keys = new Set<string>();
  for await (const { key } of objects.list(prefix)) keys.add(key);
  return keys;
};
const hasAny = async (prefix: string): Promise<boolean> => {
  for await (const _ of objects.list(prefix)) return true;
  return false;
};
const routes = createServeMedia({
  media: createMediaStore(env),
  stored: { isEmpty: async () => !(await hasAny(MEDIA_PREFIX)), keys: readKeys },
});
defineHttpFunction("serve-media", routes);
