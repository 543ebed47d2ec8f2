import { describe, expect, it } from "vitest";
import type { RouteRequest } from "#shared/http-function.ts";
import { Problem } from "#shared/problem.ts";
import type { Reply } from "#shared/respond.ts";
import type { Sql, SqlValues } from "#shared/sql.ts";
import { createOnce, forgetRequestKeys } from "#shared/write-once.ts";

interface Key {
  fingerprint: string;
  reply: string | null;
  busyUntil: number;
  createdAt: number;
}

/** The table request_key in memory. */
const createKeys = () => {
  const keys = new Map<string, Key>();
  const enter = ([name, fingerprint, busyUntil, createdAt]: SqlValues): number => {
    if (keys.has(String(name))) return 0;
    keys.set(String(name), {
      fingerprint: String(fingerprint),
      reply: null,
      busyUntil: Number(busyUntil),
      createdAt: Number(createdAt),
    });
    return 1;
  };
  const takeOver = ([until, name, seen]: SqlValues): number => {
    const key = keys.get(String(name));
    if (key === undefined || key.busyUntil !== Number(seen) || key.reply !== null) return 0;
    key.busyUntil = Number(until);
    return 1;
  };
  const release = ([name]: SqlValues): number => {
    const key = keys.get(String(name));
    if (key !== undefined) key.busyUntil = 0;
    return 1;
  };
  const finish = ([reply, name]: SqlValues): number => {
    const key = keys.get(String(name));
    if (key !== undefined) key.reply = String(reply);
    return 1;
  };
  const takeBack = ([name]: SqlValues): number => Number(keys.delete(String(name)));
  const forget = ([before]: SqlValues): number => {
    for (const [name, { createdAt }] of keys) if (createdAt < Number(before)) keys.delete(name);
    return 1;
  };
  const write = (sql: string, values: SqlValues): number => {
    const known = {
      "INSERT INTO": enter,
      "SET busy_until = 0": release,
      "SET busy_until = ?": takeOver,
      "SET reply": finish,
      "reply IS NULL": takeBack,
      LIMIT: forget,
    };
    const [, run] = Object.entries(known).find(([part]) => sql.includes(part)) ?? [];
    if (run === undefined) throw new Error(sql);
    return run(values);
  };
  const sql: Sql = {
    query: async <T extends object>(_text: string, [name]: SqlValues = []) =>
      [keys.get(String(name)) ?? []].flat() as T[],
    write: async (text, values = []) => ({ affected: write(text, values), insertId: 0 }),
  };
  return { keys, sql };
};

const toRequest = (key: string | undefined, body: unknown = { a: 1 }): RouteRequest => ({
  params: {},
  query: new URLSearchParams(),
  headers: key === undefined ? {} : { "idempotency-key": key },
  body,
  signal: new AbortController().signal,
});

const createWorld = () => {
  const { keys, sql } = createKeys();
  let time = 1_000;
  const sleep = async (ms: number): Promise<void> => {
    time += ms;
    // Whoever else is at work goes on meanwhile.
    await new Promise(setImmediate);
  };
  const once = createOnce(sql, { now: () => time, sleep });
  const done: boolean[] = [];
  let answer = async (): Promise<Reply> => ({ status: 201, body: { n: done.length } });
  const send = (request: RouteRequest, path = "/v1/users") =>
    once(path, request, async (isRepeat) => {
      done.push(isRepeat);
      return answer();
    });
  return {
    ...{ keys, sql, done, send },
    pass: (ms: number) => {
      time += ms;
    },
    answerWith: (next: () => Promise<Reply>) => {
      answer = next;
    },
  };
};

describe("a request with an Idempotency-Key", () => {
  it("is done once and answered the same each time", async () => {
    const { done, send } = createWorld();
    const first = await send(toRequest("k"));
    expect(await send(toRequest("k"))).toEqual(first);
    expect(done).toEqual([false]);
  });

  it("sent again while it is under way waits for its answer", async () => {
    const { answerWith, done, send } = createWorld();
    answerWith(async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      return { status: 201 };
    });
    const answers = await Promise.all([1, 2, 3].map(() => send(toRequest("k"))));
    expect(answers).toEqual([{ status: 201 }, { status: 201 }, { status: 201 }]);
    expect(done).toEqual([false]);
  });

  it("is left to who is at it, until that must be dead", async () => {
    const { answerWith, done, pass, send } = createWorld();
    let finish = (_reply: Reply): void => undefined;
    answerWith(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const first = send(toRequest("k"));
    await expect(send(toRequest("k"))).rejects.toMatchObject({ status: 409 });
    pass(65_000);
    answerWith(async () => ({ status: 201 }));
    expect(await send(toRequest("k"))).toEqual({ status: 201 });
    expect(done).toEqual([false, true]);
    finish({ status: 201 });
    await first;
  });

  it("is done again if it ended without an answer, and told so", async () => {
    const { answerWith, done, send } = createWorld();
    answerWith(async () => {
      throw new Problem("unavailable", "died");
    });
    await expect(send(toRequest("k"))).rejects.toThrow("died");
    answerWith(async () => ({ status: 201 }));
    expect(await send(toRequest("k"))).toEqual({ status: 201 });
    expect(done).toEqual([false, true]);
  });

  it("that was refused may succeed later, as a new one", async () => {
    const { answerWith, done, send } = createWorld();
    answerWith(async () => {
      throw new Problem("conflict", "taken");
    });
    await expect(send(toRequest("k"))).rejects.toMatchObject({ status: 409 });
    answerWith(async () => ({ status: 201 }));
    await send(toRequest("k"));
    expect(done).toEqual([false, false]);
  });

  it("is refused with another body, and new under another path", async () => {
    const { done, send } = createWorld();
    await send(toRequest("k"));
    await expect(send(toRequest("k", { a: 2 }))).rejects.toMatchObject({
      status: 422,
      field: "Idempotency-Key",
    });
    await send(toRequest("k"), "/v1/articles");
    expect(done).toEqual([false, false]);
  });

  it.each(["", "with space", "é", "x".repeat(256)])("is refused with the key %j", async (key) => {
    const { send } = createWorld();
    await expect(send(toRequest(key))).rejects.toMatchObject({ status: 400 });
  });

  it("is forgotten after a day", async () => {
    const { done, keys, send, sql } = createWorld();
    await send(toRequest("k"));
    await forgetRequestKeys(sql, 1_000 + 86_400_000);
    expect(keys.size).toBe(1);
    await forgetRequestKeys(sql, 1_001 + 86_400_000);
    await send(toRequest("k"));
    expect(done).toEqual([false, false]);
  });
});

describe("a request without one", () => {
  it("is done each time it is sent", async () => {
    const { done, keys, send } = createWorld();
    await send(toRequest(undefined));
    await send(toRequest(undefined));
    expect(done).toEqual([false, false]);
    expect(keys.size).toBe(0);
  });
});
