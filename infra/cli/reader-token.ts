/** `tagenal reader-token`: what a user signs in with, to write for nobody but herself. */
import type { Command } from "commander";
import { SHORTEST_TOKEN, signReader } from "#shared/reader-token.ts";
import { findToken } from "./api.ts";
import { Remedy } from "./preflight.ts";
import { say } from "./say.ts";
import { parseWholeNumber } from "./whole-number.ts";

export const registerReaderToken = (program: Command): void => {
  program
    .command("reader-token")
    .description("print a token that lets its holder read, agree, comment and share as one user")
    .argument("<uid>", "of the user", parseWholeNumber)
    .option("--hours <number>", "until it ends", parseWholeNumber, 24)
    .action(async (uid: number, { hours }: { readonly hours: number }) => {
      const token = await findToken();
      if (token.length < SHORTEST_TOKEN)
        throw new Remedy(
          `The cluster's token has to be ${SHORTEST_TOKEN} characters long for this.`,
        );
      say(await signReader(token, uid, hours));
    });
};
