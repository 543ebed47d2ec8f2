/**
 * Writes articles: a new one, some fields of one, or none any more. The reads of an article that is
 * deleted stay with their users, without its title and category. aid and id stay as they are;
 * another category moves it. The files that it names have to be there before.
 */
import type { Route } from "#shared/http-function.ts";
import { createOwnerRoutes, type OwnerRoutesDeps } from "#shared/owner-routes.ts";

export const createWriteArticles = (deps: OwnerRoutesDeps): Route[] => {
  const { post, patch, remove } = createOwnerRoutes(deps, "articles");
  return [
    { method: "POST", path: "/v1/articles", auth: "write", handle: post },
    { method: "PATCH", path: "/v1/articles/:aid", auth: "write", handle: patch },
    { method: "DELETE", path: "/v1/articles/:aid", auth: "write", handle: remove },
  ];
};
