/**
 * One checksum for rows and sets of rows, computed alike here and by SQL on a shard's primary.
 *
 * 1. A row: the first 64 bits of SHA-256 over all its columns in the order of shared/tables.ts, as
 *    text in UTF-8, with the unit separator between them. (MySQL 9 has no MD5() built in.)
 * 2. A set: XOR over its rows, so the order does not matter and sets can be added and taken away.
 *    Keys are unique, so no row can cancel itself out; the count is compared as well.
 * 3. Written as 16 hexadecimal digits. `load_id` is not part of it.
 */
import { hash } from "node:crypto";
import type { Table } from "./tables.ts";

export type Cell = string | number;

const SEPARATOR = "\x1f";

/** A 64-bit checksum as two halves: a bigint for each row would cost more than the hash. */
export interface Checksum {
  readonly high: number;
  readonly low: number;
}

export const EMPTY: Checksum = { high: 0, low: 0 };

/** Four bytes of a text that has one in each character. */
const wordAt = (bytes: string, at: number): number =>
  ((bytes.charCodeAt(at) << 24) |
    (bytes.charCodeAt(at + 1) << 16) |
    (bytes.charCodeAt(at + 2) << 8) |
    bytes.charCodeAt(at + 3)) >>>
  0;

export const rowChecksum = (row: readonly Cell[]): Checksum => {
  // As text: making a buffer would cost twice what the digest does.
  const digest = hash("sha256", row.join(SEPARATOR), "binary");
  return { high: wordAt(digest, 0), low: wordAt(digest, 4) };
};

export const xor = (one: Checksum, other: Checksum): Checksum => ({
  high: (one.high ^ other.high) >>> 0,
  low: (one.low ^ other.low) >>> 0,
});

const hex = (half: number): string => half.toString(16).padStart(8, "0");

export const toHex = ({ high, low }: Checksum): string => `${hex(high)}${hex(low)}`;

/** Takes what HEX() gives, too: no leading zeros, any case; null is the empty set. */
export const fromHex = (text: string | null): Checksum => {
  const digits = (text ?? "").padStart(16, "0");
  return {
    high: Number.parseInt(digits.slice(0, 8), 16),
    low: Number.parseInt(digits.slice(8), 16),
  };
};

export const isEqual = (one: Checksum, other: Checksum): boolean =>
  one.high === other.high && one.low === other.low;

/** SQL for the checksum of a row with these columns, as an unsigned 64-bit integer. */
export const rowChecksumSql = (columns: readonly string[]): string =>
  `CAST(CONV(LEFT(SHA2(CONCAT_WS(CHAR(31), ${columns.join(", ")}), 256), 16), 16, 10) AS UNSIGNED)`;

/** SQL for the checksum of a set of such rows, as hexadecimal text that `fromHex` takes. */
export const setChecksumSql = (columns: readonly string[]): string =>
  `HEX(BIT_XOR(${rowChecksumSql(columns)}))`;

export const columnsOf = (table: Table): readonly string[] =>
  table.columns.map(({ column }) => `\`${column}\``);
