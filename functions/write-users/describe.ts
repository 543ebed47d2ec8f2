/** What write-users takes and answers. */
import type { Described } from "#shared/api-description.ts";
import { describeOwners } from "#shared/describe-owners.ts";

export const described: readonly Described[] = describeOwners("users", "User");
