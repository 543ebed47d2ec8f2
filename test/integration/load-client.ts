/** Loads through the HTTP contract, as any client could ask for them. */
import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestCluster } from "./cluster.ts";

export interface LoadedOperation {
  readonly id: string;
  readonly serial: number;
  readonly state: string;
  readonly result: {
    readonly tables: Readonly<
      Record<string, { readonly rows: number; readonly loaded: number; readonly known: number }>
    >;
    readonly rejected: number;
    readonly repeated: number;
    readonly skipped: number;
  } | null;
  readonly problem: {
    readonly detail: string;
    readonly rejects?: readonly { file: string; line: number; field: string; reason: string }[];
  } | null;
  readonly links: { readonly rejects?: string };
  readonly progress: { readonly phase?: string };
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const ended = ["succeeded", "failed", "cancelled"];

export const createLoadClient = ({ url, token, patienceMs }: TestCluster) => {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      body: (await response.json()) as Readonly<Record<string, unknown>>,
    };
  };

  /** Announces and sends files; answers their source. */
  const stage = async (files: Readonly<Record<string, string | Buffer>>): Promise<string> => {
    const announced = Object.entries(files).map(([name, content]) => ({
      name,
      size: Buffer.byteLength(content),
      sha256: hash("sha256", content),
    }));
    const { body } = await call("POST", "/v1/uploads", { files: announced });
    const { source, files: uploads } = body as {
      source: string;
      files: { name: string; url: string }[];
    };
    for (const upload of uploads) {
      const content = files[upload.name] ?? "";
      const sent = await fetch(upload.url, {
        method: "PUT",
        body: new Uint8Array(Buffer.from(content)),
      });
      if (!sent.ok) throw new Error(`the upload of ${upload.name} was answered ${sent.status}`);
    }
    return source;
  };

  const begin = async (
    files: Readonly<Record<string, string | Buffer>>,
    options: object = {},
  ): Promise<string> => {
    const source = await stage(files);
    const { status, body } = await call("POST", "/v1/operations", {
      kind: "load",
      source,
      ...options,
    });
    if (status !== 202) throw new Error(`the load was answered ${status}: ${JSON.stringify(body)}`);
    return String(body["id"]);
  };

  const get = async (id: string): Promise<LoadedOperation> =>
    (await call("GET", `/v1/operations/${id}`)).body as unknown as LoadedOperation;

  const until = async (
    id: string,
    isReached: (operation: LoadedOperation) => boolean,
  ): Promise<LoadedOperation> => {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const operation = await get(id);
      if (isReached(operation)) return operation;
      if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(operation)}`);
      await sleep(100);
    }
  };

  const untilEnd = (id: string): Promise<LoadedOperation> =>
    until(id, ({ state }) => ended.includes(state));

  return {
    call,
    stage,
    begin,
    get,
    until,
    untilEnd,
    load: async (files: Readonly<Record<string, string | Buffer>>, options: object = {}) =>
      untilEnd(await begin(files, options)),
  };
};
