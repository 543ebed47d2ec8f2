/** How the write tests ask the API. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject } from "vitest";
import { get } from "./query-client.ts";

const { url, token } = inject("cluster");

/** Other tests have keys below and above. */
export const FIRST_KEY = 7_000_001;
export const LAST_KEY = 7_999_999;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export const send = async (
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
};

/** Out of the cache, if it is there: what was just written is answered all the same. */
export const getKept = async (path: string): Promise<unknown> => {
  const { status, body } = await send("GET", path);
  expect(status, path).toBe(200);
  return body;
};

/** What an operation ended as. */
export const untilEnded = async (location: string): Promise<unknown> => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const operation = (await get(location)) as { state: string };
    if (/succeeded|failed/.test(operation.state) || Date.now() > deadline) return operation;
    await sleep(200);
  }
};

/** The derived tables follow what is written a moment later. */
export const untilEqual = async (
  read: () => Promise<unknown>,
  expected: unknown,
): Promise<void> => {
  const deadline = Date.now() + 30_000;
  let found = await read();
  while (JSON.stringify(found) !== JSON.stringify(expected) && Date.now() < deadline) {
    await sleep(100);
    found = await read();
  }
  expect(found).toEqual(expected);
};
