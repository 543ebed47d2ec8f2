/** Get every program of the local cluster now, so that tests do not wait for builds. */
import { findParts } from "./parts.ts";

const start = Date.now();
let last = "";
await findParts((part) => {
  if (part !== last) process.stdout.write(`getting ${part} …\n`);
  last = part;
});
process.stdout.write(`programs ready [${Math.round((Date.now() - start) / 1000)}s]\n`);
