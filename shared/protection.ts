/**
 * What stands between a caller and a function's routes: which sites' pages may ask, who may write,
 * how often, and in which form. The same in every place where functions run.
 */
import {
  type Caller,
  type CheckBearer,
  createCheckBearer,
  type Issuer,
  type Scope,
} from "./bearer.ts";
import { type CrossOrigin, createCrossOrigin } from "./cross-origin.ts";
import { list, optional, readEnv, text, url } from "./env.ts";
import { Problem } from "./problem.ts";
import { type CheckRate, createCheckRate } from "./rate-limit.ts";
import { createRedis } from "./redis.ts";

/** What a function with routes takes from its environment besides its own keys … */
export const edgeKeys = {
  /** Such as https://example.org, or *. */
  CORS_ORIGINS: optional(list),
};

/** … and what one does whose routes not everybody may use. */
export const guardKeys = {
  API_TOKEN: text,
  JWT_KEYS: optional(url),
  JWT_ISSUER: optional(text),
  JWT_AUDIENCE: optional(text),
  REDIS_NODES: list,
};

interface GuardEnv {
  readonly JWT_KEYS: string | undefined;
  readonly JWT_ISSUER: string | undefined;
  readonly JWT_AUDIENCE: string | undefined;
}

/** Throws where there are keys, but not whose and for whom. */
export const toIssuer = (env: GuardEnv): Issuer | undefined => {
  const { JWT_KEYS: keys, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = env;
  if (keys === undefined) return undefined;
  if (issuer !== undefined && audience !== undefined) return { keys, issuer, audience };
  throw new Error("environment: JWT_KEYS needs JWT_ISSUER and JWT_AUDIENCE beside it");
};

/** In place of the environment. */
export interface ProtectionSettings {
  readonly token?: string;
  readonly trusted?: Issuer;
  readonly origins?: readonly string[];
  readonly checkRate?: CheckRate;
}

type Headers = Readonly<Record<string, string | undefined>>;

interface Guarded {
  readonly auth?: Scope;
  readonly method: string;
}

export interface Protection extends CrossOrigin {
  /** Answers who asks, where the route wants to know. Throws a Problem where nobody may. */
  admit(route: Guarded, headers: Headers): Promise<Caller | undefined>;
}

/** Forms and texts are not JSON: another site's page could send those without asking first. */
const checkType = ({ "content-type": type = "", ...headers }: Headers): void => {
  const hasBody =
    headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (!hasBody || /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) return;
  throw new Problem("unsupported-media-type", "a body has to be of the type application/json", {
    field: "Content-Type",
    headers: { accept: "application/json" },
  });
};

interface Guard {
  readonly checkBearer: CheckBearer;
  readonly checkRate: CheckRate;
}

const createGuard = ({ token, trusted, checkRate = async () => {} }: ProtectionSettings): Guard => {
  if (token !== undefined) return { checkBearer: createCheckBearer(token, trusted), checkRate };
  const env = readEnv(guardKeys);
  return {
    checkBearer: createCheckBearer(env.API_TOKEN, toIssuer(env)),
    checkRate: createCheckRate(createRedis(env.REDIS_NODES)),
  };
};

export const createProtection = (
  routes: readonly Guarded[],
  settings: ProtectionSettings = {},
): Protection => {
  // At the start, not at the first request: a function that lets nobody in is badly set up.
  const guard = routes.some(({ auth }) => auth !== undefined) ? createGuard(settings) : undefined;
  const { origins = readEnv(edgeKeys).CORS_ORIGINS ?? [] } = settings;
  return {
    ...createCrossOrigin(origins),
    admit: async ({ auth, method }, headers) => {
      if (guard === undefined || auth === undefined) return undefined;
      const caller = await guard.checkBearer(headers["authorization"], auth);
      await guard.checkRate(caller.scope, caller.name);
      if (method !== "GET") checkType(headers);
      return caller;
    },
  };
};
