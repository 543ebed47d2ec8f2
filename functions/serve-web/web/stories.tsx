/** Articles in a list, each with its cover, its title and what it is about. */
import type { ComponentChildren } from "preact";
import type { ArticleItem } from "./api-types.ts";
import { Cover, toCoverPath } from "./covers.tsx";
import { toDay } from "./format.ts";
import { Link } from "./navigation.tsx";
import { articlePath, withQuery } from "./route.ts";
import { texts } from "./texts.ts";

interface StoryProps {
  readonly article: ArticleItem;
  /** Its place in a rank. */
  readonly place?: number;
  readonly isFirst?: boolean;
  readonly level?: 2 | 3;
  readonly children?: ComponentChildren;
}

export const Story = ({ article, place, isFirst = false, level = 2, children }: StoryProps) => {
  const { aid, title, category, abstract, authors, language, timestamp, image } = article;
  const Title = level === 2 ? "h2" : "h3";
  return (
    <li class="story">
      <Cover aid={aid} title={title} path={toCoverPath(aid, image)} isFirst={isFirst} />
      <div class="story-words">
        <p class="eyebrow">
          {place === undefined ? null : <span class="place">{place}</span>}
          <Link class="plain" href={withQuery("/articles", { category })}>
            {category}
          </Link>
        </p>
        <Title class="story-title" lang={language}>
          <Link class="plain" href={articlePath(aid)}>
            {title}
          </Link>
        </Title>
        <p class="story-abstract" lang={language}>
          {abstract}
        </p>
        <p class="quiet story-foot">
          {children ?? (
            <>
              {authors} · {toDay(timestamp)} · {texts.languages[language] ?? language}
            </>
          )}
        </p>
      </div>
    </li>
  );
};
