/** The articles of a rank, the most read first: in full, or as a short list. */
import type { Rank } from "./api-types.ts";
import { withExpected } from "./counts.ts";
import { Link } from "./navigation.tsx";
import { Empty } from "./parts.tsx";
import { articlePath } from "./route.ts";
import { Story } from "./stories.tsx";
import { texts } from "./texts.ts";

interface RankProps {
  readonly rank: Rank;
}

const Counts = ({ article: { aid, beRead } }: { readonly article: Rank["articles"][number] }) => {
  const { readNum, agreeNum, commentNum, shareNum } = withExpected(aid, beRead);
  const { allTime, agree, comments, shares } = texts.ranks;
  const words = [allTime(readNum), agree(agreeNum), comments(commentNum), shares(shareNum)];
  return <>{words.join(" · ")}</>;
};

export const RankStories = ({ rank: { articles } }: RankProps) =>
  articles.length === 0 ? (
    <Empty>{texts.ranks.empty}</Empty>
  ) : (
    <ol class="stories rank">
      {articles.map((article, index) => (
        <Story key={article.aid} article={article} place={index + 1} isFirst={index === 0}>
          <Counts article={article} />
        </Story>
      ))}
    </ol>
  );

export const RankList = ({ rank: { articles } }: RankProps) =>
  articles.length === 0 ? (
    <p class="quiet">{texts.ranks.empty}</p>
  ) : (
    <ol class="short-rank">
      {articles.map(({ aid, title, category, language, beRead }) => (
        <li key={aid}>
          <Link class="plain short-rank-title" href={articlePath(aid)}>
            <span lang={language}>{title}</span>
          </Link>
          <span class="quiet">
            {category} · {texts.ranks.allTime(beRead.readNum)}
          </span>
        </li>
      ))}
    </ol>
  );
