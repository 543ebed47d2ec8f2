/**
 * Moves: a user who gets another region, or an article that gets another category, lies elsewhere
 * from then on. Here they are asked for; functions/move-rows does them.
 */

import { z } from "zod";
import { rowMoveRequested } from "#events/row-move-requested.ts";
import { type DirectoryName, directories } from "./directory.ts";
import type { ToEvent } from "./operation-kit.ts";
import type { Operation } from "./operation-rows.ts";
import type { Operations } from "./operations.ts";
import { hasUnfinishedLoad } from "./owners.ts";
import { Problem } from "./problem.ts";
import { homeText } from "./query-cursor.ts";
import type { Sql } from "./sql.ts";

export const moveRequest = z.strictObject({
  kind: z.literal("move"),
  table: z.enum(["users", "articles"]),
  /** uid or aid. */
  key: z.int().min(0),
  /** The home it had when this was asked. */
  from: homeText,
  /** Region or category. */
  to: z.string(),
});

export type MoveRequest = z.infer<typeof moveRequest>;

export interface MovesDeps {
  readonly global: Pick<Sql, "query">;
  readonly operations: Pick<Operations, "create">;
  readonly toEvent: ToEvent;
}

export interface WantedMove {
  readonly table: DirectoryName;
  readonly key: number;
  readonly from: string;
  readonly to: string;
}

export type RequestMove = (wanted: WantedMove) => Promise<Operation>;

export const createRequestMove =
  ({ global, operations, toEvent }: MovesDeps): RequestMove =>
  async (wanted) => {
    const { table, key, to } = wanted;
    const name = `${directories[table].key} ${key}`;
    // A load decides early where its rows go.
    if (await hasUnfinishedLoad(global))
      throw new Problem("conflict", `${name} cannot move before the load under way has ended`);
    const { operation } = await operations.create({
      kind: "move",
      request: { kind: "move", ...wanted },
      lockName: `move:${table}:${key}`,
      askedBy: "token",
      step: "move",
      toEvent: (operationId) =>
        toEvent(rowMoveRequested, { subject: operationId, data: { operationId } }),
    });
    if (operation.request["to"] === to) return operation;
    const other = String(operation.request["to"]);
    throw new Problem("conflict", `${name} is moving to ${other}; wait until it is there`);
  };
