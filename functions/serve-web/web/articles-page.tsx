/** Articles by category, language and tag, the newest first. */
import type { ArticleItem } from "./api-types.ts";
import { categories, languages, PAGE_SIZE } from "./choices.ts";
import { clearTo, Select, Word } from "./filters.tsx";
import { List } from "./more.tsx";
import { Link, stayAt } from "./navigation.tsx";
import { Choices, Empty, Heading } from "./parts.tsx";
import { toArticles } from "./questions.ts";
import { type ArticlesChoice, withQuery } from "./route.ts";
import { StoriesSkeleton } from "./skeletons.tsx";
import { Story } from "./stories.tsx";
import { texts } from "./texts.ts";

const Filters = ({ choice }: { readonly choice: ArticlesChoice }) => {
  const { category, language, tag } = choice;
  const to = (changed: ArticlesChoice): string =>
    withQuery("/articles", { category, language, tag, ...changed });
  return (
    <div class="filters">
      <Choices
        label={texts.article.categories}
        choices={[undefined, ...categories].map((one) => ({
          label: one ?? texts.all,
          href: withQuery("/articles", { category: one, language, tag }),
          isCurrent: one === category,
        }))}
      />
      <Select
        label={texts.user.language}
        value={language}
        options={languages}
        names={texts.languages}
        onChange={(value) => stayAt(to({ language: value }))}
      />
      <Word
        label={texts.article.tag}
        value={tag}
        example="tags7"
        onChange={(value) => stayAt(to({ tag: value }))}
      />
      {language === undefined && tag === undefined
        ? null
        : clearTo(withQuery("/articles", { category }))}
    </div>
  );
};

const isNarrowed = ({ category, language, tag }: ArticlesChoice): boolean =>
  [category, language, tag].some((one) => one !== undefined);

export const ArticlesPage = ({ choice }: { readonly choice: ArticlesChoice }) => {
  const { category, cursor, ...others } = choice;
  const toHref = (from?: string): string =>
    withQuery("/articles", { category, ...others, cursor: from });
  return (
    <>
      <Heading>{category === undefined ? texts.article.title : texts.article.of(category)}</Heading>
      <Filters choice={choice} />
      {cursor === undefined ? null : (
        <p>
          <Link href={toHref()}>{texts.firstPage}</Link>
        </p>
      )}
      <List<ArticleItem>
        key={toHref(cursor)}
        toPath={(from) =>
          toArticles({ ...choice, ...(from === undefined ? {} : { cursor: from }) })
        }
        toHref={toHref}
        cursor={cursor}
        skeleton={<StoriesSkeleton count={PAGE_SIZE} />}
        empty={<Empty>{isNarrowed(choice) ? texts.article.noneFit : texts.article.empty}</Empty>}
      >
        {(articles) => (
          <ul class="stories">
            {articles.map((article, index) => (
              <Story key={article.aid} article={article} isFirst={index === 0} />
            ))}
          </ul>
        )}
      </List>
    </>
  );
};
