/** Where everything begins: what is read most, what is new, and ways into the lists. */
import type { ArticleItem, PageOf, Rank } from "./api-types.ts";
import { categories, DEFAULT_DAY, type Granularity, regions } from "./choices.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { Heading, Show } from "./parts.tsx";
import { NEWEST, toArticles, toRank } from "./questions.ts";
import { RankList, RankStories } from "./rank-list.tsx";
import { ranksPath, withQuery } from "./route.ts";
import { ListSkeleton, StoriesSkeleton } from "./skeletons.tsx";
import { Story } from "./stories.tsx";
import { texts } from "./texts.ts";

const Front = () => {
  const rank = useLoaded<Rank>(toRank("daily", DEFAULT_DAY));
  return (
    <div class="front">
      <Show of={rank} skeleton={<StoriesSkeleton count={5} />}>
        {(data) => <RankStories rank={data} />}
      </Show>
    </div>
  );
};

const Aside = ({ granularity }: { readonly granularity: Granularity }) => {
  const rank = useLoaded<Rank>(toRank(granularity, DEFAULT_DAY));
  return (
    <section class="aside">
      <h2>
        <Link class="plain" href={ranksPath(granularity, DEFAULT_DAY)}>
          {texts.home.topOf[granularity]}
        </Link>
      </h2>
      <Show of={rank} skeleton={<ListSkeleton count={5} />}>
        {(data) => <RankList rank={data} />}
      </Show>
    </section>
  );
};

const Newest = () => {
  const newest = useLoaded<PageOf<ArticleItem>>(toArticles({}, NEWEST));
  return (
    <section>
      <h2>{texts.home.newest}</h2>
      <Show of={newest} skeleton={<StoriesSkeleton count={NEWEST} />}>
        {({ items }) => (
          <ul class="stories stories-small">
            {items.map((article) => (
              <Story key={article.aid} article={article} level={3} />
            ))}
          </ul>
        )}
      </Show>
    </section>
  );
};

export const HomePage = () => (
  <>
    <div class="masthead">
      <Heading>{texts.home.title}</Heading>
      <p class="lead">{texts.home.lead(DEFAULT_DAY)}</p>
    </div>
    <div class="home">
      <Front />
      <div>
        <Aside granularity="weekly" />
        <Aside granularity="monthly" />
      </div>
    </div>
    <Newest />
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
