/** A load as an operation: what it is asked with, and every reason why it could not run. */
import { loadRemovalRequested } from "#events/load-removal-requested.ts";
import { loadRequested } from "#events/load-requested.ts";
import { dropWaiting } from "#shared/load-removal.ts";
import { type LoadRequest, loadRequest } from "#shared/load-request.ts";
import type { ToEvent } from "#shared/operation-kit.ts";
import { parseBody } from "#shared/parse-body.ts";
import { isProblem, Problem } from "#shared/problem.ts";
import {
  fileKey,
  inReadingOrder,
  type Manifest,
  manifest,
  manifestKey,
  rejectsKey,
} from "#shared/staging.ts";
import type { BusyOperation } from "./create-kind.ts";
import type { OperationKind } from "./run-operations.ts";

export interface LoadKindDeps {
  readonly objects: {
    read(key: string): Promise<Buffer>;
    sizeOf(key: string): Promise<number | undefined>;
  };
  /** Operations that have not ended. */
  readonly readBusy: () => Promise<readonly BusyOperation[]>;
  readonly toEvent: ToEvent;
}

/** Shards are about to change: a plan made now would name those that go. */
const isCutting = ({ kind, request, progress }: BusyOperation): boolean => {
  const splits = request["splits"];
  const cuts = kind === "split" || (Array.isArray(splits) && splits.length > 0);
  return cuts && progress["phase"] !== "keep";
};

const readManifest = async (
  { objects }: LoadKindDeps,
  { source }: LoadRequest,
): Promise<Manifest> => {
  try {
    return manifest.parse(JSON.parse((await objects.read(manifestKey(source))).toString()));
  } catch (error) {
    if (!isProblem(error) || error.code !== "not-found") throw error;
    throw new Problem("invalid-request", `source: nothing is staged under ${source}`, {
      field: "source",
    });
  }
};

/** Every file that is not there as it was announced. */
const findMissing = async (
  { objects }: LoadKindDeps,
  { source }: LoadRequest,
  { files }: Manifest,
): Promise<string[]> => {
  const reasons: string[] = [];
  for (const { name, size } of files) {
    const found = await objects.sizeOf(fileKey(source, name));
    if (found === undefined) reasons.push(`${name} was announced but not uploaded`);
    else if (found !== size) reasons.push(`${name} has ${found} bytes, ${size} were announced`);
  }
  return reasons;
};

export const createLoadKind = (deps: LoadKindDeps): OperationKind => ({
  parse: (body) => parseBody(loadRequest, body),
  check: async (request) => {
    const load = loadRequest.parse(request);
    const announced = await readManifest(deps, load);
    return {
      reasons: [
        ...(await findMissing(deps, load, announced)),
        ...((await deps.readBusy()).some(isCutting) ? ["a shard is being split"] : []),
      ],
      plan: {
        files: inReadingOrder(announced).map(({ file, table }) => ({ ...file, table })),
        bytes: announced.files.reduce((sum, { size }) => sum + size, 0),
        steps: ["plan", "load", "finish"],
      },
    };
  },
  lockName: (request) => {
    const { source, dryRun } = loadRequest.parse(request);
    return `${dryRun ? "dry-run" : "load"}:${source}`;
  },
  rejectsKey: ({ id, problem, result }) =>
    Number(problem?.["rejected"] ?? result?.["rejected"] ?? 0) > 0 ? rejectsKey(id) : undefined,
  step: "plan",
  toEvent: (operationId) =>
    deps.toEvent(loadRequested, { subject: operationId, data: { operationId } }),
  toRemoval: ({ id: operationId, request }) => {
    // What such a load has changed was not new: removing it would lose what was there before.
    if (loadRequest.parse(request).onConflict === "update")
      throw new Problem(
        "conflict",
        "a load with onConflict update can only be cancelled and kept",
        {
          field: "loaded",
        },
      );
    return {
      step: "remove",
      phase: "removing",
      event: deps.toEvent(loadRemovalRequested, { subject: operationId, data: { operationId } }),
      give: async (up) => void (await dropWaiting(up, operationId)),
    };
  },
});
