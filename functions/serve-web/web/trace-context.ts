/** A trace of one's own: what is asked with it is recorded, whatever the share of requests that are. */

const hex = (bytes: number): string =>
  [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

export interface NewTrace {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const beginTrace = (): NewTrace => {
  const id = hex(16);
  return { id, headers: { traceparent: `00-${id}-${hex(8)}-01` } };
};
