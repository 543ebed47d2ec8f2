/** The same records as files of each format that a load takes. */
import { gzipSync, zstdCompressSync } from "node:zlib";

type Fields = Readonly<Record<string, unknown>>;

export interface Format {
  readonly name: string;
  readonly ending: string;
  /** `table`: its name in SQL. */
  write(table: string, records: readonly Fields[]): string;
  /** What no record can be read from, to stand behind the others. */
  readonly broken: string;
  /** Its reason. */
  readonly reason: RegExp;
}

const columnsOf = (records: readonly Fields[]): string[] => [
  ...new Set(records.flatMap((record) => Object.keys(record))),
];

const toSnake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const writeCsv = (records: readonly Fields[]): string => {
  const columns = columnsOf(records);
  const toField = (value: unknown): string => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const lines = records.map((record) => columns.map((name) => toField(record[name])).join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
};

const toLiteral = (value: unknown): string =>
  value === undefined || value === null
    ? "NULL"
    : `'${String(value).replaceAll(/['\\]/g, "\\$&").replaceAll("\n", "\\n")}'`;

const writeRows = (records: readonly Fields[]): string => {
  const columns = columnsOf(records);
  const rows = records.map((record) => columns.map((name) => toLiteral(record[name])).join(","));
  return rows.map((row) => `(${row})`).join(",\n");
};

const jsonLines: Format = {
  name: "JSON lines",
  ending: ".dat",
  write: (_, records) => records.map((record) => `${JSON.stringify(record)}\n`).join(""),
  broken: '{"uid"\n',
  reason: /not JSON/,
};

const csv: Format = {
  name: "CSV",
  ending: ".csv",
  write: (_, records) => writeCsv(records),
  broken: 'a,b,"c\n',
  reason: /Quote Not Closed/,
};

/** As the published generator writes it. */
const inserts: Format = {
  name: "SQL with columns",
  ending: ".sql",
  write: (table, records) =>
    `INSERT INTO ${table} (${columnsOf(records).join(",")}) VALUES\n${writeRows(records)};\n`,
  broken: "INSERT INTO user (uid) VALUES (NOW());\n",
  reason: /not a value: NOW/,
};

/** As mysqldump writes a table whose columns have names in snake_case. */
const dump: Format = {
  ...inserts,
  name: "mysqldump",
  write: (table, records) => {
    const columns = columnsOf(records).map((name) => `  \`${toSnake(name)}\` varchar(255)`);
    return [
      "-- MySQL dump 10.13\n/*!50503 SET NAMES utf8mb4 */;",
      `DROP TABLE IF EXISTS \`${table}\`;`,
      `CREATE TABLE \`${table}\` (\n${columns.join(",\n")},\n  PRIMARY KEY (\`id\`)\n) ENGINE=InnoDB;`,
      `LOCK TABLES \`${table}\` WRITE;\n/*!40000 ALTER TABLE \`${table}\` DISABLE KEYS */;`,
      `INSERT INTO \`${table}\` VALUES ${writeRows(records)};`,
      `/*!40000 ALTER TABLE \`${table}\` ENABLE KEYS */;\nUNLOCK TABLES;\n`,
    ].join("\n");
  },
};

export const formats: readonly Format[] = [jsonLines, csv, inserts, dump];

export const compressions = [
  { name: "plain", ending: "", compress: (text: string | Buffer) => Buffer.from(text) as Buffer },
  { name: "gzip", ending: ".gz", compress: (text: string | Buffer) => gzipSync(text) },
  { name: "zstd", ending: ".zst", compress: (text: string | Buffer) => zstdCompressSync(text) },
] as const;
