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

/** A finding as it is kept: with when it was found, and how many errors there were. */
export type KeptFinding = Omit<OperationFinding, "errors"> & {
  readonly errors: number;
  readonly run: object;
};

/** A few may be asked for again: theirs take the place of the earlier ones. In the order of `names`. */
export const mergeFindings = (
  names: readonly string[],
  before: readonly KeptFinding[],
  found: readonly KeptFinding[],
): KeptFinding[] =>
  names.flatMap((name) => {
    const isIt = (one: KeptFinding): boolean => one.name === name;
    return found.find(isIt) ?? before.find(isIt) ?? [];
  });

const HEAD = [
  ...["operation", "ended", "seconds", "writes", "reads", "errors"],
  ...["longest write, ms", "longest read, ms", "rows", "missing", "derived"],
];

export const toOperationText = (
  findings: readonly (Omit<OperationFinding, "errors"> & { readonly errors: number })[],
): string =>
  toTable([
    HEAD,
    ...findings.map((one) => [
      ...[one.name, one.state, one.seconds.toFixed(1), String(one.writes), String(one.reads)],
      ...[String(one.errors), one.longestWriteMs.toFixed(0), one.longestReadMs.toFixed(0)],
      ...[one.areRowsSame ? "same" : "differ", String(one.missing)],
      one.isDerivedRight ? "right" : "wrong",
    ]),
  ]);
