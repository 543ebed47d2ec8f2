/** Asks the API. What fails is an ApiProblem: what the API said, or that nobody answered. */
import { texts } from "./texts.ts";

export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** The HTTP status; 0 where nobody answered. */
  readonly status: number;
  /** What of the request is to blame. */
  readonly field: string | undefined;

  constructor(
    status: number,
    detail: string,
    { field, ...options }: ErrorOptions & { readonly field?: string } = {},
  ) {
    super(detail, options);
    this.status = status;
    this.field = field;
  }
}

const toProblem = async (response: Response): Promise<ApiProblem> => {
  const body = (await response.json().catch(() => ({}))) as { detail?: unknown; field?: unknown };
  const detail = typeof body.detail === "string" ? body.detail : response.statusText;
  const { field } = body;
  return new ApiProblem(response.status, detail, typeof field === "string" ? { field } : {});
};

/** How long derived counts and lists may take to have what was written. */
const ARRIVAL_MS = 10_000;
let writtenAt = Number.NEGATIVE_INFINITY;

/** From now on, for a while, nothing that was kept somewhere is taken for an answer. */
export const noteWrite = (): void => {
  writtenAt = performance.now();
};

let dataCenter = "";

/** Where the reader is, so that what is served in every data center comes from there; or nowhere. */
export const readFrom = (name: string): void => {
  dataCenter = name;
};

/** Whoever has just written something sees it: the answers are made anew, by the primary. */
const toGet = (signal: AbortSignal | undefined): RequestInit => {
  const headers = {
    ...(performance.now() < writtenAt + ARRIVAL_MS ? { "cache-control": "no-cache" } : {}),
    ...(dataCenter === "" ? {} : { "x-data-center": dataCenter }),
  };
  return signal === undefined ? { headers } : { headers, signal };
};

const ask = async (path: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(path, init).catch((cause: unknown) => {
    const isLate = cause instanceof DOMException && cause.name === "TimeoutError";
    if (isLate) throw new ApiProblem(0, texts.tooLate, { cause });
    if (init.signal?.aborted === true) throw cause;
    throw new ApiProblem(0, texts.offline, { cause });
  });
  if (response.ok) return response;
  throw await toProblem(response);
};

export const getJson = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await ask(path, toGet(signal))).json() as Promise<T>;

export const getText = async (path: string, signal?: AbortSignal): Promise<string> =>
  (await ask(path, signal === undefined ? {} : { signal })).text();

export interface PostOptions {
  /** Sent again under the same key, it is done once. */
  readonly key?: string;
  /** Sent even if the page goes away meanwhile. */
  readonly keepalive?: boolean;
  /** Besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const postJson = async <T>(
  path: string,
  body: object,
  token: string,
  { key, keepalive = false, headers: more = {} }: PostOptions = {},
): Promise<T> => {
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    ...(key === undefined ? {} : { "idempotency-key": key }),
    ...more,
  };
  const init = { method: "POST", headers, body: JSON.stringify(body), keepalive };
  const response = await ask(path, init);
  return response.json() as Promise<T>;
};
