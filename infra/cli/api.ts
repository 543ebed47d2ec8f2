/** The command line as a client of the HTTP contract: where it calls, and what it says of errors. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { findEntryPort, findPaths } from "./home.ts";
import { Remedy } from "./preflight.ts";

export interface Api {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
}

/** What a problem (RFC 9457) tells. */
interface ProblemBody {
  readonly detail?: unknown;
}

/** The caller or the request is wrong: asking again would not help. */
export class RefusedError extends Remedy {}

/** Nobody answers, or not now. */
export class UnreachableError extends Remedy {}

/** "no answer (ECONNREFUSED)", of a request that failed on its way. */
export const toNoAnswer = (error: unknown): string => {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  const why = code ?? cause?.code;
  return why === undefined ? "no answer" : `no answer (${String(why)})`;
};

const TIMEOUT_MS = 60_000;
const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const toError = (response: Response, body: unknown, path: string): Error => {
  const { detail } = (typeof body === "object" ? (body ?? {}) : {}) as ProblemBody;
  const text = `${path} answered ${response.status}: ${String(detail ?? response.statusText)}`;
  return response.status >= 500 ? new UnreachableError(text) : new RefusedError(text);
};

const call = async <T>(url: string, path: string, init: RequestInit): Promise<T> => {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL(path, url), {
      ...init,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = parseJson(await response.text());
  } catch (cause) {
    const hint = "Is it running? `npm run up` starts it; --url names another one.";
    throw new UnreachableError(`Tagenal does not answer at ${url}. ${hint}`, { cause });
  }
  if (!response.ok) throw toError(response, body, path);
  return body as T;
};

export const createApi = (url: string, token: string): Api => ({
  url,
  get: (path) => call(url, path, {}),
  post: (path, body) =>
    call(url, path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    }),
});

/** For requests that can be made twice, to somebody who has answered before: it may be restarting. */
export const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnreachableError) || Date.now() > deadline) throw error;
    }
    await sleep(PAUSE_MS);
  }
};

const readToken = async (file: string): Promise<string> => {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    const remedy = "TAGENAL_TOKEN gives it, or TAGENAL_HOME names the folder of the cluster.";
    throw new Remedy(`There is no token at ${file}. ${remedy}`, { cause });
  }
};

/** TAGENAL_TOKEN, else the local cluster's. */
export const findToken = async (): Promise<string> =>
  process.env["TAGENAL_TOKEN"] ?? readToken(findPaths().token);

/** --url or TAGENAL_URL, else the local entry; TAGENAL_TOKEN, else the local cluster's. */
export const findApi = async (givenUrl?: string, { needsToken = true } = {}): Promise<Api> => {
  const paths = findPaths();
  const url =
    givenUrl ?? process.env["TAGENAL_URL"] ?? `http://127.0.0.1:${await findEntryPort(paths)}`;
  const token = needsToken ? await findToken() : (process.env["TAGENAL_TOKEN"] ?? "");
  return createApi(url, token);
};
