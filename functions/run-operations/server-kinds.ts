/** All kinds of operations on servers, shards and data centers. */
import { createDataCenterKinds, type DataCenterKindsDeps } from "./data-center-kinds.ts";
import { createMigrateKind } from "./migrate-kind.ts";
import type { OperationKind } from "./run-operations.ts";
import { createSplitKind, type SplitKindDeps } from "./split-kind.ts";
import { createTabletKinds, type TabletKindsDeps } from "./tablet-kinds.ts";

export type ServerKindsDeps = TabletKindsDeps & DataCenterKindsDeps & SplitKindDeps;

export const createServerKinds = (
  deps: ServerKindsDeps,
): Readonly<Record<string, OperationKind>> => ({
  ...createTabletKinds(deps),
  ...createDataCenterKinds(deps),
  migrate: createMigrateKind(deps),
  split: createSplitKind(deps),
});
