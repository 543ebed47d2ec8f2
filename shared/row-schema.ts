/**
 * What a caller may write into a row: schemas made from the tables, stricter than a load's parser
 * (a number is a number), with the same limits.
 */
import { z } from "zod";
import type { Cell } from "./checksum.ts";
import type { Column, Table } from "./tables.ts";

/** A row by its public fields; one that is not given is missing. */
export type RowFields = Readonly<Record<string, Cell | undefined>>;
type FieldSchema = z.ZodType<Cell | undefined>;

const toText = (max: number) =>
  z
    .string()
    .refine((text) => [...text].length <= max, `longer than ${max} characters`)
    // Half a surrogate pair has no UTF-8: it would come back as another character.
    .refine((text) => text.isWellFormed(), "not well-formed Unicode")
    // A JSON schema counts characters as we do, and zod does not.
    .meta({ maxLength: max });

const toId = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[!-~]+$/, "not ASCII characters without spaces");

const toField = ({ column, kind, max = 0 }: Column): z.ZodType<Cell> => {
  if (kind === "text") return column === "id" ? toId(max) : toText(max);
  return kind === "flag" ? z.int().min(0).max(1) : z.int().min(0);
};

const publicColumns = ({ columns }: Table): readonly Column[] =>
  columns.filter(({ hidden }) => hidden !== true);

/** A new row; its id may be missing. */
export const toNewRowSchema = (table: Table): z.ZodType<RowFields> => {
  const toShape = (column: Column): FieldSchema => {
    const schema = toField(column);
    if (column.field === "id") return schema.optional();
    return column.missing === undefined ? schema : schema.default(column.missing);
  };
  const shape = publicColumns(table).map((column) => [column.field, toShape(column)] as const);
  return z.strictObject(Object.fromEntries(shape));
};

/** Changes of a row: at least one field, none of `fixed`. */
export const toChangesSchema = (table: Table, fixed: readonly string[]): z.ZodType<RowFields> => {
  const shape = publicColumns(table)
    .filter(({ field }) => !fixed.includes(field))
    .map((column) => [column.field, toField(column).optional()] as const);
  return z
    .strictObject(Object.fromEntries(shape))
    .refine((changes) => Object.keys(changes).length > 0, "changes nothing")
    .meta({ minProperties: 1 });
};

/** A row as it is answered when it was written. */
export const toStoredRowSchema = (table: Table): z.ZodType =>
  z.strictObject(
    Object.fromEntries(publicColumns(table).map((column) => [column.field, toField(column)])),
  );
