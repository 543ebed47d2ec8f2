/**
 * A statement as traces know it. Its text never appears there: values may be part of it.
 *
 * vtgate reads the context of a trace from a leading comment and goes on with it to the tablets.
 * It takes such a comment off before it looks for a plan, and so does vttablet; MySQL's own
 * statistics ignore it. Only statements of a recorded trace carry one.
 */
import { SpanKind } from "@opentelemetry/api";
import { isRecorded, type SpanWork, traceHeaders } from "./trace-context.ts";

const leading = /^(?:\s|\(|\/\*.*?\*\/)*([a-z]+)/i;
const table = /\b(?:from|into|update|join)\s+(?:ignore\s+)?`?([a-z_]+)/i;
/** Far enough to find the table; statements of a load have megabytes. */
const LOOKED_AT = 2_000;

export const verbOf = (sql: string): string => leading.exec(sql)?.[1]?.toLowerCase() ?? "other";

export const tracedSql = (sql: string): string => {
  if (!isRecorded()) return sql;
  const carrier = Buffer.from(JSON.stringify(traceHeaders())).toString("base64");
  return `/*VT_SPAN_CONTEXT=${carrier}*/ ${sql}`;
};

export const toSqlSpan = (sql: string, database: string): SpanWork => {
  const verb = verbOf(sql);
  const found = table.exec(sql.slice(0, LOOKED_AT))?.[1];
  const summary = found === undefined ? verb : `${verb} ${found}`;
  return {
    name: summary,
    kind: SpanKind.CLIENT,
    attributes: {
      "db.system.name": "mysql",
      "db.namespace": database,
      "db.operation.name": verb,
      "db.query.summary": summary,
    },
  };
};
