/**
 * Writes users: a new one, some fields of one, or none any more. A user who is deleted takes her
 * reads along, and with them what they count for her articles. uid and id stay as they are; another
 * region moves her, with all her reads.
 */
import type { Route } from "#shared/http-function.ts";
import { createOwnerRoutes, type OwnerRoutesDeps } from "#shared/owner-routes.ts";

/** What goes with a user. */
export const DEPENDENTS = ["user_read"];

export const createWriteUsers = (deps: OwnerRoutesDeps): Route[] => {
  const { post, patch, remove } = createOwnerRoutes(deps, "users");
  return [
    { method: "POST", path: "/v1/users", auth: "write", handle: post },
    { method: "PATCH", path: "/v1/users/:uid", auth: "write", handle: patch },
    { method: "DELETE", path: "/v1/users/:uid", auth: "write", handle: remove },
  ];
};
