/** The five articles read most in the day, week or month of a date, and the ways to other dates. */
import type { Rank } from "./api-types.ts";
import { type Granularity, granularities } from "./choices.ts";
import { useLoaded } from "./loaded.ts";
import { goTo, Link } from "./navigation.tsx";
import { Choices, Heading, Show } from "./parts.tsx";
import { shift, toDate } from "./periods.ts";
import { toRank } from "./questions.ts";
import { RankStories } from "./rank-list.tsx";
import { ranksPath } from "./route.ts";
import { StoriesSkeleton } from "./skeletons.tsx";
import { texts } from "./texts.ts";

interface RanksPageProps {
  readonly granularity: Granularity;
  readonly date: string;
}

const Ways = ({ granularity, date }: RanksPageProps) => {
  const today = toDate(Date.now());
  const [before, after] = [shift(granularity, date, -1), shift(granularity, date, 1)];
  const names = texts.ranks.ways[granularity];
  return (
    <nav class="ways" aria-label={texts.ranks.period}>
      {before === undefined ? null : (
        <Link class="button" href={ranksPath(granularity, before)}>
          ← {names.before}
        </Link>
      )}
      {after === undefined || after > today ? null : (
        <Link class="button" href={ranksPath(granularity, after)}>
          {names.after} →
        </Link>
      )}
      <Link href={ranksPath(granularity, today)}>{texts.ranks.today}</Link>
    </nav>
  );
};

export const RanksPage = ({ granularity, date }: RanksPageProps) => {
  const rank = useLoaded<Rank>(toRank(granularity, date));
  return (
    <>
      <Heading>{texts.ranks.title}</Heading>
      <div class="bar">
        <Choices
          label={texts.ranks.granularity}
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
        <Ways granularity={granularity} date={date} />
      </div>
      <p class="quiet span" role="status">
        {rank.state === "done" ? texts.ranks.span(rank.data.from, rank.data.to) : texts.loading}
      </p>
      <Show of={rank} skeleton={<StoriesSkeleton count={5} />}>
        {(data) => <RankStories rank={data} />}
      </Show>
    </>
  );
};
