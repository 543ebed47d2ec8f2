/** Where everything begins: what is read most, and ways into the lists. */
import type { Rank } from "./api-types.ts";
import { categories, DEFAULT_DAY, type Granularity, granularities, regions } from "./choices.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { Heading, Show } from "./parts.tsx";
import { RankList } from "./rank-list.tsx";
import { ranksPath, withQuery } from "./route.ts";
import { texts } from "./texts.ts";

const RankCard = ({ granularity }: { readonly granularity: Granularity }) => {
  const rank = useLoaded<Rank>(`/v1/ranks/${granularity}/${DEFAULT_DAY}`);
  return (
    <section class="card">
      <h2>
        <Link href={ranksPath(granularity, DEFAULT_DAY)}>{texts.granularity[granularity]}</Link>
      </h2>
      <Show of={rank}>{(data) => <RankList rank={data} isShort />}</Show>
    </section>
  );
};

export const HomePage = () => (
  <>
    <Heading>{texts.home.title}</Heading>
    <p class="lead">{texts.home.lead(DEFAULT_DAY)}</p>
    <div class="columns">
      {granularities.map((granularity) => (
        <RankCard key={granularity} granularity={granularity} />
      ))}
    </div>
    <h2>{texts.home.browse}</h2>
    <ul class="doors">
      {categories.map((category) => (
        <li key={category}>
          <Link href={withQuery("/articles", { category })}>{texts.home.articlesOn(category)}</Link>
        </li>
      ))}
      {regions.map((region) => (
        <li key={region}>
          <Link href={withQuery("/users", { region })}>{texts.home.usersOf(region)}</Link>
        </li>
      ))}
    </ul>
  </>
);
