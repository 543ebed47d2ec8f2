/** Enters a changed schema into the history, once, whoever applies it and however often. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { noteHappening } from "#shared/operations.ts";
import type { TransactionalSql } from "#shared/sql.ts";
import { keyspaces } from "./schema.ts";

const listTables = (sql: string): string =>
  [...sql.matchAll(/^create table (\w+)/gm)].map(([, name]) => name).join(", ");

export const noteSchema = async (db: TransactionalSql, folder: string): Promise<void> => {
  for (const keyspace of keyspaces) {
    const sql = await readFile(join(folder, `${keyspace}.sql`), "utf8");
    const digest = createHash("sha256").update(sql).digest("hex");
    const [last] = await db.query<{ digest: string }>(
      "select json_value(request, '$.digest') as digest from operation " +
        "where kind = 'schema-change' and json_value(request, '$.keyspace') = ? " +
        "order by serial desc limit 1",
      [keyspace],
    );
    if (last?.digest === digest) continue;
    const happening = {
      kind: "schema-change",
      request: { kind: "schema-change", keyspace, digest },
      result: { keyspace, tables: listTables(sql) },
      by: `infra/schema/${keyspace}.sql: it was applied`,
    };
    await noteHappening(db, happening, Date.now());
  }
};
