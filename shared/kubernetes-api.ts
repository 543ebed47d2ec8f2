/**
 * The Kubernetes API as a pod asks it, under the pod's own account. These few calls are made here:
 * with the official client a function would start half a second later and take 47 MB more.
 */
import { readFile } from "node:fs/promises";
import { Agent, request } from "undici";
import { codeOfStatus, Problem } from "./problem.ts";

/** Where each pod finds what its account is known by; the token is changed every hour. */
const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A name that is in the certificate of every API server. */
const SERVER = "https://kubernetes.default.svc";
const TIMEOUT_MS = 10_000;
const MOST_DETAIL = 300;

/** RFC 6902. */
export interface JsonPatch {
  readonly op: "add" | "replace" | "test";
  readonly path: string;
  readonly value: unknown;
}

export interface KubernetesApi {
  get(path: string): Promise<unknown>;
  /** Throws `unavailable` where the object is not any more as the patch says: look again. */
  patch(path: string, operations: readonly JsonPatch[]): Promise<void>;
  /** What is not there is as good as deleted. */
  remove(path: string): Promise<void>;
}

interface Place {
  readonly server: string;
  readonly folder: string;
}

const toProblem = (status: number, answer: unknown): Problem => {
  const message =
    typeof answer === "object" && answer !== null && "message" in answer ? answer.message : status;
  const detail = `Kubernetes: ${String(message).slice(0, MOST_DETAIL)}`;
  return new Problem(
    status >= 500 || status === 429 ? "unavailable" : codeOfStatus(status),
    detail,
  );
};

const readAccount = async (folder: string) => {
  const read = (name: string): Promise<string> => readFile(`${folder}/${name}`, "utf8");
  try {
    return { agent: new Agent({ connect: { ca: await read("ca.crt") } }), read };
  } catch (cause) {
    throw new Problem("unavailable", "this pod's account may not ask the Kubernetes API", {
      cause,
    });
  }
};

export const createKubernetesApi = (
  { server, folder }: Place = { server: SERVER, folder: FOLDER },
): KubernetesApi => {
  let account: ReturnType<typeof readAccount> | undefined;
  const ask = async (
    method: "GET" | "PATCH" | "DELETE",
    path: string,
    operations?: readonly JsonPatch[],
  ): Promise<{ status: number; body: unknown }> => {
    account ??= readAccount(folder);
    const { agent, read } = await account.catch((error: unknown) => {
      account = undefined;
      throw error;
    });
    const answer = await request(server + path, {
      method,
      dispatcher: agent,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      headers: {
        authorization: `Bearer ${(await read("token")).trim()}`,
        accept: "application/json",
        ...(operations === undefined ? {} : { "content-type": "application/json-patch+json" }),
      },
      ...(operations === undefined ? {} : { body: JSON.stringify(operations) }),
    }).catch((cause: unknown) => {
      throw new Problem("unavailable", "the Kubernetes API does not answer", { cause });
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers["content-type"]).includes("json");
    return { status: answer.statusCode, body: isJson ? JSON.parse(text) : text };
  };
  return {
    get: async (path) => {
      const { status, body } = await ask("GET", path);
      if (status !== 200) throw toProblem(status, body);
      return body;
    },
    patch: async (path, operations) => {
      const { status, body } = await ask("PATCH", path, operations);
      // 422 is also the answer to a test that fails.
      if (status === 409 || status === 422)
        throw new Problem("unavailable", toProblem(status, body).message);
      if (status !== 200) throw toProblem(status, body);
    },
    remove: async (path) => {
      const { status, body } = await ask("DELETE", path);
      if (status >= 300 && status !== 404) throw toProblem(status, body);
    },
  };
};
