/** The five articles read most in the day, week or month of a date. */
import type { Rank } from "./api-types.ts";
import { type Granularity, granularities } from "./choices.ts";
import { useLoaded } from "./loaded.ts";
import { goTo } from "./navigation.tsx";
import { Choices, Heading, Show } from "./parts.tsx";
import { RankList } from "./rank-list.tsx";
import { ranksPath } from "./route.ts";
import { texts } from "./texts.ts";

interface RanksPageProps {
  readonly granularity: Granularity;
  readonly date: string;
}

export const RanksPage = ({ granularity, date }: RanksPageProps) => {
  const rank = useLoaded<Rank>(`/v1/ranks/${granularity}/${encodeURIComponent(date)}`);
  return (
    <>
      <Heading>{texts.ranks.title}</Heading>
      <div class="bar">
        <Choices
          label={texts.ranks.period}
          choices={granularities.map((one) => ({
            label: texts.granularity[one],
            href: ranksPath(one, date),
            isCurrent: one === granularity,
          }))}
        />
        <label class="inline">
          {texts.ranks.date}
          <input
            type="date"
            min="1970-01-01"
            value={date}
            // An incomplete date is empty: nothing is asked until it is whole.
            onChange={({ currentTarget: { value } }) => {
              if (value !== "") goTo(ranksPath(granularity, value));
            }}
          />
        </label>
      </div>
      <Show of={rank} lines={10}>
        {(data) => (
          <>
            <p class="quiet">{texts.ranks.span(data.from, data.to)}</p>
            <RankList rank={data} />
          </>
        )}
      </Show>
    </>
  );
};
