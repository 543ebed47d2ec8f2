/** What an operation may take, told by those before it. */
import { toDuration } from "./format.ts";
import { usePastTimes } from "./past-times.ts";
import { texts } from "./texts.ts";

export const ExpectedTime = ({ kind }: { readonly kind: string }) => {
  const times = usePastTimes(kind);
  return (
    <p class="quiet">
      {times === undefined
        ? texts.plan.noTimes
        : texts.plan.times(times.count, {
            usual: toDuration(times.usual),
            shortest: toDuration(times.shortest),
            longest: toDuration(times.longest),
          })}
    </p>
  );
};

/** While one runs: how long it may still take. */
export const TimeLeft = ({
  kind,
  begunAt,
}: {
  readonly kind: string;
  /** ISO 8601. */
  readonly begunAt: string;
}) => {
  const times = usePastTimes(kind);
  if (times === undefined) return null;
  const left = times.usual - (Date.now() - Date.parse(begunAt)) / 1_000;
  return <>{left > 0 ? texts.operation.left(toDuration(left)) : texts.operation.longer}</>;
};
