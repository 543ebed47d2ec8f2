/** Articles of a category, page by page. */
import type { ArticleItem, PageOf } from "./api-types.ts";
import { categories, PAGE_SIZE } from "./choices.ts";
import { toDay } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { Choices, Empty, Heading, Pager, Show } from "./parts.tsx";
import { articlePath, withQuery } from "./route.ts";
import { texts } from "./texts.ts";

const fields = "aid,timestamp,title,category,abstract,authors,language,articleTags";

const ArticleList = ({ articles }: { readonly articles: readonly ArticleItem[] }) => (
  <ul class="articles">
    {articles.map(({ aid, title, category, abstract, authors, language, timestamp }) => (
      <li key={aid}>
        <h2>
          <Link href={articlePath(aid)}>{title}</Link>
        </h2>
        <p class="quiet">
          {category} · {texts.article.by} {authors} · {language} · {toDay(timestamp)}
        </p>
        <p>{abstract}</p>
      </li>
    ))}
  </ul>
);

interface ArticlesPageProps {
  readonly category?: string;
  readonly cursor?: string;
}

export const ArticlesPage = ({ category, cursor }: ArticlesPageProps) => {
  const params = { category, cursor, limit: PAGE_SIZE, fields };
  const articles = useLoaded<PageOf<ArticleItem>>(withQuery("/v1/articles", params));
  const choices = [undefined, ...categories].map((one) => ({
    label: one ?? texts.all,
    href: withQuery("/articles", { category: one }),
    isCurrent: one === category,
  }));
  return (
    <>
      <Heading>{category === undefined ? texts.article.title : texts.article.of(category)}</Heading>
      <Choices label={texts.article.categories} choices={choices} />
      <Show of={articles} lines={PAGE_SIZE}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? (
              <Empty>{texts.article.empty}</Empty>
            ) : (
              <ArticleList articles={items} />
            )}
            <Pager path="/articles" params={{ category }} cursor={cursor} next={next} />
          </>
        )}
      </Show>
    </>
  );
};
