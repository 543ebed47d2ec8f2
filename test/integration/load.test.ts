/** Loads on a real cluster. Each test has keys of its own, from a range that nobody else uses. */
import { hash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { insertChunk } from "#functions/load-chunk/insert-chunk.ts";
import { columnsOf, EMPTY, fromHex, setChecksumSql, toHex, xor } from "#shared/checksum.ts";
import { tables } from "#shared/tables.ts";
import { createVtgate, type Vtgate } from "#shared/vtgate.ts";
import { article, planInput, read, toLines, user } from "../plan-load/input.ts";
import { createLoadClient } from "./load-client.ts";

const cluster = inject("cluster");
const client = createLoadClient(cluster);
const FIRST_KEY = 4_000_000_000;
let vtgate: Vtgate;
let lastKey = FIRST_KEY;

/** A range of keys that no other test has. */
const takeKeys = (count: number): number => {
  const first = lastKey + 1;
  lastKey += count;
  return first;
};

const makeInput = (count: number, readCount: number) => {
  const first = takeKeys(count);
  const keys = Array.from({ length: count }, (_, index) => first + index);
  const toRead = (index: number) =>
    read(0, first + (index % count), first + ((index * 7) % count), {
      id: `r${first}-${index}`,
      agreeOrNot: index % 5 === 0 ? "1" : "0",
    });
  return {
    first,
    keys,
    files: {
      "user.dat": toLines(...keys.map((key) => user(key, { name: `it's "user" 张${key}\\💡` }))),
      "article.dat": toLines(...keys.map((key) => article(key))),
      "read.dat": toLines(...Array.from({ length: readCount }, (_, index) => toRead(index))),
    },
  };
};

const countWhere = async (table: string, where: string): Promise<number> => {
  const [row] = await vtgate.tagenal.query<{ count: number }>(
    `select count(*) as count from \`${table}\` where ${where}`,
  );
  return row?.count ?? 0;
};

/** The checksum of a load's rows by SQL over all shards. */
const sumStored = async (name: keyof typeof tables, serial: number): Promise<string> => {
  const sql = `select ${setChecksumSql(columnsOf(tables[name]))} as sum from \`${tables[name].table}\` where load_id = ?`;
  const shards = await vtgate.shards();
  const sums = await Promise.all(
    shards.map(
      async (shard) => (await vtgate.shard(shard).query<{ sum: string }>(sql, [serial]))[0],
    ),
  );
  return toHex(sums.map((row) => fromHex(row?.sum ?? null)).reduce(xor, EMPTY));
};

beforeAll(() => {
  vtgate = createVtgate(cluster.vtgateUrl, { connections: 4 });
});

afterAll(() => vtgate.close());

describe("a load", () => {
  it("puts every row into its place, equal to the input by checksums of its own", async () => {
    const { first, keys, files } = makeInput(60, 900);
    const planned = await planInput(files);
    const { state, problem, result, serial } = await client.load(files);
    expect({ state, problem }).toEqual({ state: "succeeded", problem: null });
    expect(result?.tables).toMatchObject({
      users: { rows: 60, loaded: 60, known: 0 },
      articles: { rows: 60, loaded: 60, known: 0 },
      reads: { rows: 900, loaded: 900, known: 0 },
    });
    for (const name of ["users", "articles", "reads"] as const) {
      const chunks = planned.chunks.filter(({ table }) => table === name);
      const expected = toHex(chunks.map(({ sum }) => sum).reduce(xor, EMPTY));
      expect(await sumStored(name, serial)).toBe(expected);
    }
    const range = `between ${first} and ${keys.at(-1)}`;
    expect(await countWhere("user_directory", `uid ${range}`)).toBe(60);
    expect(await countWhere("article_directory", `aid ${range}`)).toBe(60);
    expect(await countWhere("article_read", `aid ${range}`)).toBe(900);
    const [sums] = await vtgate.tagenal.query<{ reads: number; agrees: number }>(
      `select sum(read_num) as \`reads\`, sum(agree_num) as agrees from be_read where aid ${range}`,
    );
    expect(sums).toEqual({ reads: 900, agrees: 180 });
    const [stored] = await vtgate.tagenal.query<{ name: string }>(
      "select name from user where uid = ?",
      [first],
    );
    expect(stored?.name).toBe(`it's "user" 张${first}\\💡`);
  });

  it("changes nothing when it is asked for again", async () => {
    const { files } = makeInput(20, 100);
    const first = await client.load(files);
    const again = await client.load(files);
    expect(again.id).not.toBe(first.id);
    expect(again.result?.tables).toMatchObject({
      users: { rows: 20, loaded: 0, known: 20 },
      reads: { rows: 100, loaded: 0, known: 100 },
    });
    expect(await sumStored("reads", again.serial)).toBe(toHex(EMPTY));
  });

  it("says what it would do in a dry run, and does none of it", async () => {
    const { first, files } = makeInput(20, 300);
    const dry = await client.load(files, { dryRun: true });
    expect(dry).toMatchObject({
      state: "succeeded",
      result: { dryRun: true, rows: 340, toLoad: 340, tables: { reads: { rows: 300, known: 0 } } },
    });
    const shards = await vtgate.shards();
    const reads = dry.result?.tables["reads"] as unknown as { shards: Record<string, number> };
    expect(Object.keys(reads.shards).sort()).toEqual([...shards].sort());
    expect(await countWhere("user", `uid between ${first} and ${first + 19}`)).toBe(0);
    expect(
      await vtgate.global.query("select 1 from load_chunk where operation_id = ?", [dry.id]),
    ).toEqual([]);
    const bad = { "user.dat": `${files["user.dat"]}not JSON\n` };
    expect(await client.load(bad, { dryRun: true })).toMatchObject({
      state: "failed",
      problem: { rejects: [{ line: 21, reason: "not JSON" }] },
    });
    expect((await client.load(files)).state).toBe("succeeded");
    const again = await client.load(files, { dryRun: true });
    expect(again.result).toMatchObject({ rows: 340, toLoad: 0, tables: { users: { known: 20 } } });
  });

  it("ends without a comparison if asked to", async () => {
    const { files } = makeInput(10, 50);
    const { state, result, serial } = await client.load(files, { verify: "off" });
    expect({ state, result }).toMatchObject({
      state: "succeeded",
      result: { verified: false, tables: { reads: { loaded: 50 } } },
    });
    expect(await countWhere("user_read", `load_id = ${serial}`)).toBe(50);
    const checked = await client.load(makeInput(2, 2).files);
    expect(checked.result).toMatchObject({ verified: true });
  });

  it("changes what is there if asked to, and what is derived of it", async () => {
    const { first, files } = makeInput(10, 40);
    expect((await client.load(files)).state).toBe("succeeded");
    const changed = {
      "user.dat": toLines(
        user(first, { name: "after" }),
        user(first + 1, { name: `it's "user" 张${first + 1}\\💡` }),
      ),
      "article.dat": toLines(article(first, { title: "another" })),
      "read.dat": toLines(
        read(0, first, first, { id: `r${first}-0`, agreeOrNot: "0", shareOrNot: "1" }),
        // The same read, of another article.
        read(0, first + 1, first + 2, { id: `r${first}-1`, agreeOrNot: "0" }),
        read(0, first + 2, first + 3, { id: `new-${first}` }),
      ),
    };
    const { state, problem, result, serial } = await client.load(changed, { onConflict: "update" });
    expect({ state, problem }).toEqual({ state: "succeeded", problem: null });
    expect(result).toMatchObject({
      updated: 4,
      tables: {
        users: { rows: 2, loaded: 1, known: 1 },
        articles: { rows: 1, loaded: 1, known: 0 },
        reads: { rows: 3, loaded: 3, known: 0 },
      },
    });
    expect(await countWhere("user", `load_id = ${serial} and name = 'after'`)).toBe(1);
    expect(await countWhere("article", `aid = ${first} and title = 'another'`)).toBe(1);
    const range = `between ${first} and ${first + 9}`;
    expect(await countWhere("user_read", `uid ${range}`)).toBe(41);
    expect(await countWhere("article_read", `aid ${range}`)).toBe(41);
    // What the reads make of each article is what is kept of it, of those that lost a read too.
    const made = await vtgate.tagenal.query(
      "select aid, sum(read_or_not) as reads_, sum(agree_or_not) as agrees, sum(share_or_not) as shares " +
        `from user_read where aid ${range} group by aid order by aid`,
    );
    const readKept = () =>
      vtgate.tagenal.query(
        `select aid, read_num as reads_, agree_num as agrees, share_num as shares from be_read where aid ${range} order by aid`,
      );
    await expect.poll(readKept, { timeout: 20_000 }).toEqual(made);
    const again = await client.load(changed, { onConflict: "update" });
    expect(again.result).toMatchObject({ updated: 0, tables: { reads: { loaded: 0, known: 3 } } });
  });

  it("moves no row: another region under a known uid is rejected even then", async () => {
    const { first, files } = makeInput(2, 2);
    expect((await client.load(files)).state).toBe("succeeded");
    const region = first % 2 === 0 ? "Hong Kong" : "Beijing";
    const moved = await client.load(
      { "user.dat": toLines(user(first, { region })) },
      { onConflict: "update" },
    );
    expect(moved.problem?.rejects).toEqual([
      expect.objectContaining({ field: "uid", reason: expect.stringMatching(/moves no rows/) }),
    ]);
  });

  it("is joined rather than begun again while it is under way", async () => {
    const { files } = makeInput(20, 3_000);
    const [one, other] = await Promise.all([client.begin(files), client.begin(files)]);
    expect(other).toBe(one);
    expect((await client.untilEnd(one)).state).toBe("succeeded");
  });

  it("takes gzip, CSV and rows without an id", async () => {
    const key = takeKeys(2);
    const { id: _user, ...plain } = user(key);
    const { id: _article, ...story } = article(key);
    const { id: _read, ...seen } = read(0, key, key);
    const columns = Object.keys(plain);
    const csv = `${columns.join(",")}\n${Object.values(plain).join(",")}\n`;
    const { state, serial } = await client.load({
      "users.csv": csv,
      "article.jsonl.gz": gzipSync(toLines(story)),
      "user_read.dat": toLines(seen, seen),
    });
    expect(state).toBe("succeeded");
    expect(await countWhere("user_read", `load_id = ${serial}`)).toBe(2);
    expect(await countWhere("user", `uid = ${key} and id = 'u${key}'`)).toBe(1);
  });

  it("goes on with the good rows as far as it may, and lists the others", async () => {
    const { first, files } = makeInput(10, 50);
    const bad = `${toLines(read(0, first + 99, first, { id: `bad-${first}` }))}not JSON\n`;
    const { state, result, links } = await client.load(
      { ...files, "read.dat": files["read.dat"] + bad },
      { maxErrors: 2 },
    );
    expect(state).toBe("succeeded");
    expect(result).toMatchObject({ rejected: 2, tables: { reads: { loaded: 50 } } });
    const rejects = await (await fetch(links.rejects ?? "")).text();
    expect(
      rejects
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      expect.objectContaining({ file: "read.dat", line: 51, field: "uid" }),
      expect.objectContaining({ file: "read.dat", line: 52, reason: "not JSON", row: "not JSON" }),
    ]);
  });
});

describe("bad input", () => {
  const key = takeKeys(100);
  const good = { "user.dat": toLines(user(key)), "article.dat": toLines(article(key)) };
  const cut = gzipSync(toLines(...Array.from({ length: 99 }, (_, index) => user(key + index))));

  it.each<[string, Record<string, string | Buffer>, RegExp]>([
    ["a line that is not JSON", { "user.dat": `${toLines(user(key))}{"uid"\n` }, /not JSON/],
    ["a missing field", { "user.dat": toLines(user(key, { name: undefined })) }, /missing/],
    ["a wrong field", { "user.dat": toLines(user(key, { uid: "x" })) }, /whole number/],
    ["an unknown region", { "user.dat": toLines(user(key, { region: "Mars" })) }, /unknown region/],
    [
      "an unknown category",
      { "article.dat": toLines(article(key, { category: "x" })) },
      /unknown category/,
    ],
    [
      "a text that is too long",
      { "user.dat": toLines(user(key, { name: "x".repeat(101) })) },
      /longer than 100/,
    ],
    [
      "a key that comes twice",
      { "user.dat": toLines(user(key), user(key, { name: "y" })) },
      /came before/,
    ],
    ["a read of nobody", { ...good, "read.dat": toLines(read(1, key + 99, key)) }, /unknown user/],
    [
      "a read of nothing",
      { ...good, "read.dat": toLines(read(1, key, key + 99)) },
      /unknown article/,
    ],
    ["an empty file", { ...good, "read.dat": "" }, /empty file/],
  ])("%s stops the load before anything is written", async (_, files, reason) => {
    const { state, problem, links } = await client.load(files);
    expect(state).toBe("failed");
    expect(problem?.detail).toMatch(/rejected, 0 allowed; nothing was written/);
    expect(problem?.rejects?.[0]?.reason).toMatch(reason);
    expect(await (await fetch(links.rejects ?? "")).text()).toMatch(reason);
    expect(await countWhere("user", `uid between ${key} and ${key + 99}`)).toBe(0);
    expect(await countWhere("user_directory", `uid between ${key} and ${key + 99}`)).toBe(0);
  });

  it("a gzip that is cut off stops the load before anything is written", async () => {
    const { state, problem } = await client.load({ "user.dat.gz": cut.subarray(0, 200) });
    expect(state).toBe("failed");
    expect(problem?.detail).toMatch(/user.dat.gz is damaged or cut off/);
    expect(await countWhere("user", `uid between ${key} and ${key + 99}`)).toBe(0);
  });

  it("other content under a known key stops the load, or is passed over if asked to", async () => {
    const own = takeKeys(1);
    const files = {
      "user.dat": toLines(user(own)),
      "article.dat": toLines(article(own)),
      "read.dat": toLines(read(0, own, own, { id: `c${own}` })),
    };
    expect((await client.load(files)).state).toBe("succeeded");
    const changed = {
      "user.dat": toLines(user(own, { name: "changed" })),
      "read.dat": toLines(read(0, own, own, { id: `c${own}`, shareOrNot: "1" })),
    };
    const refused = await client.load(changed);
    expect(refused.problem?.rejects?.map(({ file, field }) => [file, field])).toEqual([
      ["user.dat", "uid"],
      ["read.dat", "id"],
    ]);
    const skipped = await client.load(changed, { onConflict: "skip" });
    expect(skipped).toMatchObject({ state: "succeeded", result: { skipped: 2 } });
    expect(await countWhere("user", `uid = ${own} and name = 'changed'`)).toBe(0);
  });

  it.each(["/etc/passwd", "https://example.org/user.dat", "uploads/../secrets"])(
    "the source %s is refused",
    async (source) => {
      const { status, body } = await client.call("POST", "/v1/operations", {
        kind: "load",
        source,
      });
      expect({ status, field: body["field"] }).toEqual({ status: 400, field: "source" });
    },
  );

  it("an upload that is not what was announced stops the load", async () => {
    const content = toLines(user(key));
    const source = await client.stage({ "user.dat": content });
    const { body } = await client.call("POST", "/v1/uploads", {
      files: [{ name: "user.dat", size: content.length, sha256: hash("sha256", content) }],
    });
    const { files } = body as unknown as { files: { url: string }[] };
    await fetch(files[0]?.url ?? "", { method: "PUT", body: content.replace("male", "mole") });
    const asked = await client.call("POST", "/v1/operations", { kind: "load", source });
    const { state, problem } = await client.untilEnd(String(asked.body["id"]));
    expect(state).toBe("failed");
    expect(problem?.detail).toMatch(/not the file that was announced/);
  });
});

describe("a load under way", () => {
  const send = async (operationId: string, chunk: object): Promise<number> => {
    const response = await fetch(cluster.sink, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": crypto.randomUUID(),
        "ce-source": "/test",
        "ce-type": "dev.tagenal.load.chunk-ready.v1",
        "ce-subject": operationId,
      },
      body: JSON.stringify({ operationId, ...chunk }),
    });
    return response.status;
  };

  it("is not disturbed by chunks that come twice", async () => {
    const { files } = makeInput(50, 19_000);
    const id = await client.begin(files);
    await client.until(id, ({ progress }) => progress.phase === "loading");
    const chunks = await vtgate.global.query(
      "select number, object, object_sha256 as sha256 from load_chunk where operation_id = ?",
      [id],
    );
    expect(chunks.length).toBeGreaterThan(4);
    const statuses = await Promise.all([...chunks, ...chunks].map((chunk) => send(id, chunk)));
    expect(new Set(statuses)).toEqual(new Set([202]));
    const { state, result, serial } = await client.untilEnd(id);
    expect({ state, reads: result?.tables["reads"] }).toMatchObject({
      state: "succeeded",
      reads: { loaded: 19_000, known: 0 },
    });
    expect(await countWhere("user_read", `load_id = ${serial}`)).toBe(19_000);
  });

  it("rests while it is paused and goes on where it was", async () => {
    const { files } = makeInput(50, 30_001);
    const id = await client.begin(files);
    await client.until(id, ({ progress }) => {
      const { done = 0 } = (progress as { rows?: { done?: number } }).rows ?? {};
      return progress.phase === "loading" && done > 100;
    });
    expect((await client.call("POST", `/v1/operations/${id}/pause`)).status).toBe(202);
    expect((await client.call("POST", `/v1/operations/${id}/pause`)).status).toBe(409);
    const { state, serial } = await client.get(id);
    expect(state).toBe("paused");
    // What was under way is loaded to its end. Nobody is removed whose reads the streams pass over.
    const readOne = () =>
      vtgate.tagenal.query<{ uid: number }>("select uid from user_read where load_id = ? limit 1", [
        serial,
      ]);
    const [row] = await vi.waitUntil(
      async () => {
        const rows = await readOne();
        return rows.length > 0 && rows;
      },
      { timeout: 10_000 },
    );
    const removed = await client.call("DELETE", `/v1/users/${row?.uid}`);
    expect(removed).toMatchObject({ status: 409, body: { field: "uid" } });
    expect((await client.call("POST", `/v1/operations/${id}/resume`)).status).toBe(202);
    const ended = await client.untilEnd(id);
    expect(ended).toMatchObject({
      state: "succeeded",
      result: { tables: { reads: { loaded: 30_001, known: 0 } } },
    });
  });

  it("ends when it is cancelled, and lets the derived tables follow again", async () => {
    const { first, files } = makeInput(50, 30_000);
    const id = await client.begin(files);
    await client.until(id, ({ progress }) => progress.phase === "loading");
    expect((await client.call("POST", `/v1/operations/${id}/cancel`)).status).toBe(202);
    expect((await client.call("POST", `/v1/operations/${id}/resume`)).status).toBe(409);
    expect((await client.get(id)).state).toBe("cancelled");
    const range = `between ${first} and ${first + 49}`;
    await expect
      .poll(() => vtgate.global.query("select 1 from stream_hold"), { timeout: 60_000 })
      .toEqual([]);
    const agree = async (): Promise<number> =>
      (await countWhere("user_read", `uid ${range}`)) -
      (await countWhere("article_read", `uid ${range}`));
    await expect.poll(agree, { timeout: 60_000 }).toBe(0);
  });

  /** What user_read makes of each article of these, and what be_read has. */
  const readCounts = async (range: string) => {
    const [made, kept] = await Promise.all([
      vtgate.tagenal.query(
        "select aid, count(*) as `rows`, sum(read_or_not) as reads_, sum(agree_or_not) as agrees " +
          `from user_read where aid ${range} group by aid order by aid`,
      ),
      vtgate.tagenal.query(
        "select b.aid, count(*) as `rows`, max(b.read_num) as reads_, max(b.agree_num) as agrees " +
          `from be_read b join article_read r on r.home = b.home and r.aid = b.aid where b.aid ${range} ` +
          "group by b.aid order by b.aid",
      ),
    ]);
    return { made, kept };
  };
  const expectDerived = async (range: string) => {
    await expect
      .poll(
        async () => {
          const { made, kept } = await readCounts(range);
          return JSON.stringify(made) === JSON.stringify(kept) ? "equal" : { made, kept };
        },
        { timeout: 30_000 },
      )
      .toBe("equal");
  };

  it("derives its own rows once, beside what others write of the same articles meanwhile", async () => {
    const { first, files } = makeInput(40, 32_000);
    const { "read.dat": reads, ...owners } = files;
    expect((await client.load(owners)).state).toBe("succeeded");
    const id = await client.begin({ "read.dat": reads });
    const written: number[] = [];
    const ended = client.untilEnd(id).then((operation) => ({ at: written.length, ...operation }));
    let isOver = false;
    void ended.finally(() => {
      isOver = true;
    });
    for (let index = 0; !isOver || index < 50; index += 1) {
      const { id: _, ...body } = read(0, first + (index % 40), first + ((index * 3) % 40));
      const numbers = Object.fromEntries(
        Object.entries(body).map(([name, value]) => [
          name,
          name === "commentDetail" ? value : Number(value),
        ]),
      );
      written.push((await client.call("POST", "/v1/reads", numbers)).status);
    }
    const { at, state, problem, result } = await ended;
    expect({ state, problem }).toEqual({ state: "succeeded", problem: null });
    expect(result?.tables["reads"]).toMatchObject({ loaded: 32_000, known: 0 });
    expect(at).toBeGreaterThan(10);
    expect(new Set(written)).toEqual(new Set([201]));
    const range = `between ${first} and ${first + 39}`;
    expect(await countWhere("user_read", `aid ${range}`)).toBe(32_000 + written.length);
    await expectDerived(range);
    // Once the streams have its rows back they follow what becomes of them.
    const remove = () =>
      fetch(`${cluster.url}/v1/users/${first}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${cluster.token}` },
      });
    // Refused as long as the streams pass over her reads.
    await expect.poll(async () => (await remove()).status, { timeout: 30_000 }).not.toBe(409);
    expect((await remove()).status).toBe(404);
    await expectDerived(range);
    expect(await vtgate.tagenal.query("select 1 from counted_load")).toEqual([]);
  });

  it("leaves an event about a chunk that does not exist", async () => {
    const chunk = { number: 1, object: "nowhere", sha256: "0".repeat(64) };
    expect(await send(crypto.randomUUID(), chunk)).toBe(202);
  });
});

describe("insert-chunk through vtgate", () => {
  it("distributes the rows of a shard that is no more", async () => {
    const own = takeKeys(4);
    const rows = [own, own + 1, own + 2, own + 3].flatMap((key) => user(key));
    const { rowsOf } = await planInput({ "user.dat": toLines(...rows) });
    const planned = rowsOf("users") as (string | number)[][];
    const chunk = {
      table: "users" as const,
      serial: 4_000_000,
      count: 4,
      json: "",
      rows: () => planned,
    };
    const target = { sql: vtgate.tagenal, isShard: false };
    expect((await insertChunk(target, chunk)).conflicts).toEqual([]);
    expect((await insertChunk(target, chunk)).known.rows).toBe(0);
    expect(await countWhere("user", "load_id = 4000000")).toBe(4);
  });
});
