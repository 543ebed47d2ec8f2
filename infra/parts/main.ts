/** Get every program of the local cluster now, so that tests do not wait for builds. */
import { findParts, findPrometheusParts } from "./parts.ts";

const start = Date.now();
let last = "";
const tell = (part: string): void => {
  if (part !== last) process.stdout.write(`getting ${part} …\n`);
  last = part;
};
await findParts(tell);
await findPrometheusParts(tell);
process.stdout.write(`programs ready [${Math.round((Date.now() - start) / 1000)}s]\n`);
