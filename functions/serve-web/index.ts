import { join } from "node:path";
import { defineHttpFunction } from "#shared/http-function.ts";
import { readFiles } from "./read-files.ts";
import { createServeWeb } from "./serve-web.ts";

const files = await readFiles(join(import.meta.dirname, "web"));
defineHttpFunction("serve-web", createServeWeb({ files }));
