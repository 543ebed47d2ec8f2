import { readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createQuerySql } from "./query-sql.ts";
import { createInSession } from "./read-only-session.ts";

const env = readEnv({ VTGATE_URL: url });
defineHttpFunction("query-sql", createQuerySql({ inSession: createInSession(env.VTGATE_URL) }));
