/**
 * Random writes by several at a time, and after each batch whatever may have been kept is compared
 * with what is asked anew.
 */
import fc from "fast-check";
import { newArticle, newRead, newUser } from "./write-rows.ts";

export interface Target {
  readonly url: string;
  readonly token: string;
}

export const ask = async (
  { url }: Pick<Target, "url">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Headers; body: string }> => {
  const response = await fetch(url + path, { headers });
  return { status: response.status, headers: response.headers, body: await response.text() };
};

const ANEW = { "cache-control": "no-cache" };

const write = async (
  { url, token }: Target,
  method: string,
  path: string,
  body?: unknown,
): Promise<number> => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url + path, { method, headers, ...text });
  await response.arrayBuffer();
  return response.status;
};

/** Of so few rows that writes and reads meet. */
const KEYS = 3;

type Step = Readonly<{ kind: string; user: number; article: number; value: number }>;

const toStep = (kind: string, weight: number) => ({
  weight,
  arbitrary: fc.record({
    kind: fc.constant(kind),
    user: fc.nat(KEYS - 1),
    article: fc.nat(KEYS - 1),
    value: fc.nat(1_000_000),
  }),
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  toStep("create user", 2),
  toStep("change user", 4),
  toStep("delete user", 1),
  toStep("create article", 2),
  toStep("change article", 3),
  toStep("delete article", 1),
  toStep("read", 6),
  toStep("move user", 1),
  toStep("look", 4),
);

export const batches: fc.Arbitrary<Step[][]> = fc.array(
  fc.array(steps, { minLength: 1, maxLength: 4 }),
  { minLength: 1, maxLength: 6 },
);

/** `base`: the first uid and aid. */
export const createDifferential = (target: Target, base: number) => {
  const uidOf = ({ user }: Step): number => base + user;
  const aidOf = ({ article }: Step): number => base + article;

  /** What depends on these rows, and nothing on others that anybody else writes. */
  const paths = (() => {
    const own = Array.from({ length: KEYS }, (_, index) => base + index);
    const ofKeys = (name: string, key: string): string =>
      `/v1/${name}?${key}[gte]=${base}&${key}[lt]=${base + KEYS}`;
    return [
      ...own.flatMap((key) => [
        `/v1/users/${key}`,
        `/v1/users/${key}/reads`,
        `/v1/articles/${key}`,
        `/v1/articles/${key}/be-read?list=agree`,
        `/v1/articles/${key}/readers`,
        `/v1/reads?uid=${key}`,
        `/v1/reads?aid=${key}`,
      ]),
      ofKeys("users", "uid"),
      ofKeys("articles", "aid"),
      ofKeys("be-reads", "aid"),
      `${ofKeys("users", "uid")}&read.agreeOrNot=1`,
    ];
  })();

  const take = async (step: Step): Promise<unknown> => {
    const uid = uidOf(step);
    const aid = aidOf(step);
    switch (step.kind) {
      case "create user":
        return write(target, "POST", "/v1/users", newUser(uid));
      case "change user":
        return write(target, "PATCH", `/v1/users/${uid}`, { name: `name ${step.value}` });
      case "move user":
        return write(target, "PATCH", `/v1/users/${uid}`, {
          region: step.value % 2 === 0 ? "Beijing" : "Hong Kong",
        });
      case "delete user":
        return write(target, "DELETE", `/v1/users/${uid}`);
      case "create article":
        return write(target, "POST", "/v1/articles", newArticle(aid));
      case "change article":
        return write(target, "PATCH", `/v1/articles/${aid}`, { title: `title ${step.value}` });
      case "delete article":
        return write(target, "DELETE", `/v1/articles/${aid}`);
      case "read":
        return write(target, "POST", "/v1/reads", newRead(uid, aid));
      default:
        return ask(target, paths[step.value % paths.length] ?? "/v1/users");
    }
  };

  /** Compares as often as it takes for the answer that is made anew to stand still. */
  const compare = async (path: string): Promise<void> => {
    for (;;) {
      const before = await ask(target, path, ANEW);
      const kept = await ask(target, path);
      const after = await ask(target, path, ANEW);
      const found = `${kept.status} ${kept.body}`;
      if (`${before.status} ${before.body}` !== `${after.status} ${after.body}`) continue;
      if (found === `${after.status} ${after.body}`) return;
      const how = kept.headers.get("cache-status");
      throw new Error(`${path}: ${how}: ${found}\ninstead of ${after.status} ${after.body}`);
    }
  };

  return {
    paths,
    /** Every answer is right as soon as all writes of a batch were answered. */
    run: async (all: readonly (readonly Step[])[]): Promise<void> => {
      for (const batch of all) {
        await Promise.all(batch.map(take));
        await Promise.all(paths.map(compare));
      }
    },
    /** Changes its rows so many times, one after the other. */
    write: async (times: number): Promise<void> => {
      for (let turn = 0; turn < times; turn += 1)
        for (const kind of ["create user", "change user", "create article", "read"])
          await take({ kind, user: turn % KEYS, article: turn % KEYS, value: turn });
    },
    clean: async (): Promise<void> => {
      for (let key = base; key < base + KEYS; key += 1) {
        await write(target, "DELETE", `/v1/users/${key}`);
        await write(target, "DELETE", `/v1/articles/${key}`);
      }
    },
  };
};
