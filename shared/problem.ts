/**
 * The one error that callers may see, as application/problem+json (RFC 9457). Whatever else is
 * thrown is a bug: it is logged with its cause and answered 500 without its message.
 */

const kinds = {
  "invalid-request": [400, "Invalid request"],
  unauthorized: [401, "Unauthorized"],
  forbidden: [403, "Forbidden"],
  "not-found": [404, "Not found"],
  "method-not-allowed": [405, "Method not allowed"],
  "request-timeout": [408, "Request timeout"],
  conflict: [409, "Conflict"],
  "precondition-failed": [412, "Precondition failed"],
  "too-large": [413, "Too large"],
  "unsupported-media-type": [415, "Unsupported media type"],
  "range-not-satisfiable": [416, "Range not satisfiable"],
  unprocessable: [422, "Unprocessable"],
  "too-many-requests": [429, "Too many requests"],
  "headers-too-large": [431, "Headers too large"],
  internal: [500, "Internal error"],
  unavailable: [503, "Unavailable"],
  timeout: [504, "Timeout"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof kinds;

export interface ProblemOptions {
  /** The field of the request that is to blame. */
  readonly field?: string;
  readonly cause?: unknown;
  /** Further members of the problem's JSON. */
  readonly extra?: Record<string, unknown>;
  /** Part of the message, for logs and operations, and not of what callers are told. */
  readonly because?: string;
  /** Headers that belong to the status, such as Allow with 405. */
  readonly headers?: Record<string, string>;
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  /** What callers are told. */
  readonly detail: string;
  readonly field: string | undefined;
  readonly extra: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    const { because } = options;
    super(
      because === undefined ? detail : `${detail}: ${because}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.detail = detail;
    this.field = options.field;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return kinds[this.code][0];
  }

  get title(): string {
    return kinds[this.code][1];
  }

  toJSON(): Record<string, unknown> {
    return {
      type: `urn:tagenal:problem:${this.code}`,
      title: this.title,
      status: this.status,
      detail: this.detail,
      ...(this.field === undefined ? {} : { field: this.field }),
      ...this.extra,
    };
  }
}

/** By name, not by class: a bundle may hold a second copy of the class. */
export const isProblem = (error: unknown): error is Problem =>
  error instanceof Error && error.name === "Problem" && "code" in error && "status" in error;

export const titleOf = (status: number): string =>
  Object.values(kinds).find(([known]) => known === status)?.[1] ?? "Problem";

/** The code for an HTTP status that another party chose. */
export const codeOfStatus = (status: number): ProblemCode => {
  const known = (Object.keys(kinds) as ProblemCode[]).find((code) => kinds[code][0] === status);
  if (known !== undefined) return known;
  return status >= 400 && status < 500 ? "invalid-request" : "internal";
};
