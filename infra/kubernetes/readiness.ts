/** Whether what was applied serves by now, from the objects' own conditions: pure. */
import { z } from "zod";

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

export const observed = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), generation: z.number().default(0) }),
  status: z
    .looseObject({
      observedGeneration: z.number().default(0),
      conditions: z.array(condition).default([]),
    })
    .optional(),
});
export type Observed = z.infer<typeof observed>;

/** Undefined when it is ready, else why it is not. */
export const whyNotReady = ({ metadata, status }: Observed): string | undefined => {
  // Conditions of an earlier generation say nothing of what was applied last.
  if (status === undefined || status.observedGeneration < metadata.generation)
    return "not looked at yet";
  const ready = status.conditions.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return undefined;
  return [ready?.reason, ready?.message].filter(Boolean).join(": ") || "not ready yet";
};
