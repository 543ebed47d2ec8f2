/** How long operations of a kind took before. */
import type { OperationItem, PageOf } from "./api-types.ts";
import { useLoaded } from "./loaded.ts";
import { type PastTimes, toPastTimes } from "./operation-state.ts";

const MOST = 20;

export const usePastTimes = (kind: string): PastTimes | undefined => {
  const path = `/v1/operations?kind=${encodeURIComponent(kind)}&state=succeeded&limit=${MOST}`;
  const loaded = useLoaded<PageOf<OperationItem>>(path);
  return loaded.state === "done" ? toPastTimes(loaded.data.items) : undefined;
};
