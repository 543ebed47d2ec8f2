/** A name that nobody else has. Not crypto.randomUUID: that is for pages over https alone. */
export const toUnique = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
