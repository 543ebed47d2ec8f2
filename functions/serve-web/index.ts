import { join } from "node:path";
import { readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { readFiles } from "./read-files.ts";
import { createServeWeb } from "./serve-web.ts";

const files = await readFiles(join(import.meta.dirname, "web"));
const env = readEnv({ S3_ENDPOINT: url });
defineHttpFunction("serve-web", createServeWeb({ files, storeUrl: env.S3_ENDPOINT }));
