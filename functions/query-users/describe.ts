/** What query-users answers. */
import { z } from "zod";
import {
  type Described,
  ifNoneMatch,
  jsonAnswers,
  pageOf,
  pathParameter,
} from "#shared/api-description.ts";
import { fieldsParameter, listParameters, toItemShape } from "#shared/describe-fields.ts";
import { fieldsOf } from "#shared/query-fields.ts";
import { readsByUser } from "#shared/query-reads.ts";
import { users } from "#shared/tables.ts";
import { usersSource } from "./users-source.ts";

const user = z.strictObject(toItemShape(usersSource.fields)).meta({ id: "User" });
const read = z.strictObject(toItemShape(readsByUser.fields, ["title", "category"]));
const tag = "users";

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/users", id: "listUsers", tag },
    summary: "Users by any of their fields, and by what they read",
    description: "Filters that begin with `read.` want users who have a read that fits them all.",
    parameters: [...listParameters(usersSource.fields), ifNoneMatch],
    answers: jsonAnswers("a page of users", pageOf(user)),
    problems: [400],
  },
  {
    ...{ method: "GET", path: "/v1/users/:uid", id: "getUser", tag },
    summary: "One user",
    parameters: [
      pathParameter("uid"),
      fieldsParameter(fieldsOf(users, { alias: "u" })),
      ifNoneMatch,
    ],
    answers: jsonAnswers("the user", user),
    problems: [400, 404],
  },
  {
    ...{ method: "GET", path: "/v1/users/:uid/reads", id: "listReadsOfUser", tag },
    summary: "A user's reads with their articles' title and category, the newest first",
    parameters: [pathParameter("uid"), ...listParameters(readsByUser.fields), ifNoneMatch],
    answers: jsonAnswers("a page of reads", pageOf(read)),
    problems: [400, 404],
  },
];
