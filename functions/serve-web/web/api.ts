/** Asks the API. What fails is an ApiProblem: what the API said, or that nobody answered. */
import { texts } from "./texts.ts";

export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** The HTTP status; 0 where nobody answered. */
  readonly status: number;

  constructor(status: number, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.status = status;
  }
}

const toProblem = async (response: Response): Promise<ApiProblem> => {
  const body = (await response.json().catch(() => ({}))) as { detail?: unknown };
  const detail = typeof body.detail === "string" ? body.detail : response.statusText;
  return new ApiProblem(response.status, detail);
};

const ask = async (path: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiProblem(0, texts.offline, { cause });
  });
  if (response.ok) return response;
  throw await toProblem(response);
};

export const getJson = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await ask(path, signal === undefined ? {} : { signal })).json() as Promise<T>;

export const getText = async (path: string, signal?: AbortSignal): Promise<string> =>
  (await ask(path, signal === undefined ? {} : { signal })).text();

export const postJson = async <T>(path: string, body: object, token: string): Promise<T> => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json() as Promise<T>;
};
