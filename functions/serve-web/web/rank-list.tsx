/** The articles of a rank, the most read first. */
import type { Rank } from "./api-types.ts";
import { toCount } from "./format.ts";
import { Link } from "./navigation.tsx";
import { Empty } from "./parts.tsx";
import { articlePath } from "./route.ts";
import { texts } from "./texts.ts";

interface RankListProps {
  readonly rank: Rank;
  readonly isShort?: boolean;
}

export const RankList = ({ rank: { articles }, isShort = false }: RankListProps) =>
  articles.length === 0 ? (
    <Empty>{texts.ranks.empty}</Empty>
  ) : (
    <ol class="rank">
      {articles.map(({ aid, title, category, abstract, beRead }) => (
        <li key={aid}>
          <Link href={articlePath(aid)}>{title}</Link>
          <span class="quiet">
            {category} · {toCount(beRead.readNum)} {texts.ranks.allTime}
          </span>
          {isShort ? null : <p>{abstract}</p>}
        </li>
      ))}
    </ol>
  );
