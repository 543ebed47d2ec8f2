/** What the bench of operations found, as a table. Pure. */
import { toTable } from "./report.ts";

export interface OperationFinding {
  readonly name: string;
  readonly state: string;
  readonly problem: string | null;
  readonly seconds: number;
  readonly reads: number;
  readonly writes: number;
  readonly errors: readonly string[];
  readonly longestWriteMs: number;
  readonly longestReadMs: number;
  readonly areRowsSame: boolean;
  /** Writes that were acknowledged and are not there. */
  readonly missing: number;
  readonly isDerivedRight: boolean;
}

const HEAD = [
  ...["operation", "ended", "seconds", "writes", "reads", "errors"],
  ...["longest write, ms", "longest read, ms", "rows", "missing", "derived"],
];

export const toOperationText = (findings: readonly OperationFinding[]): string =>
  toTable([
    HEAD,
    ...findings.map((one) => [
      ...[one.name, one.state, one.seconds.toFixed(1), String(one.writes), String(one.reads)],
      ...[String(one.errors.length), one.longestWriteMs.toFixed(0), one.longestReadMs.toFixed(0)],
      ...[one.areRowsSame ? "same" : "differ", String(one.missing)],
      one.isDerivedRight ? "right" : "wrong",
    ]),
  ]);
