/**
 * Which revision of a Service gets the requests: pure. A new revision starts beside the serving one
 * under the tag `candidate`, gets all requests once it is ready, and leaves the earlier one under
 * the tag `previous`, to go back to.
 */
import { z } from "zod";

const CANDIDATE = "candidate";
const PREVIOUS = "previous";

/** As Knative has it in a Service's spec. */
export interface TrafficTarget {
  readonly revisionName?: string;
  readonly latestRevision?: boolean;
  readonly percent: number;
  readonly tag?: string;
}

const target = z.looseObject({
  revisionName: z.string(),
  percent: z.number().default(0),
  tag: z.string().optional(),
});

export const servingState = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string() })) }),
    }),
  }),
  status: z
    .looseObject({
      latestReadyRevisionName: z.string().optional(),
      latestCreatedRevisionName: z.string().optional(),
      traffic: z.array(target).default([]),
    })
    .default({ traffic: [] }),
});
export type ServingState = z.infer<typeof servingState>;

/** The revision that all requests go to now. */
export const findServing = ({ status }: ServingState): string | undefined =>
  status.traffic.find(({ percent }) => percent > 0)?.revisionName;

export const findPrevious = ({ status }: ServingState): string | undefined =>
  status.traffic.find(({ tag }) => tag === PREVIOUS)?.revisionName;

/** What to apply together with a new template: the serving revision keeps serving. */
export const besideServing = (serving: string): readonly TrafficTarget[] => [
  { revisionName: serving, percent: 100 },
  { latestRevision: true, percent: 0, tag: CANDIDATE },
];

/** All to the newest. What served before the deployment stays within reach, or what was before. */
export const toLatest = (before: ServingState, latest: string): readonly TrafficTarget[] => {
  const serving = findServing(before);
  const previous = serving === latest ? findPrevious(before) : serving;
  return [
    { latestRevision: true, percent: 100 },
    ...(previous === undefined ? [] : [{ revisionName: previous, percent: 0, tag: PREVIOUS }]),
  ];
};

/** All to the earlier one; the one that is left keeps no tag, so going back twice is refused. */
export const toPrevious = (state: ServingState): readonly TrafficTarget[] => {
  const previous = findPrevious(state);
  if (previous === undefined)
    throw new Error(`${state.metadata.name} has no earlier revision to go back to`);
  return [{ revisionName: previous, percent: 100 }];
};
