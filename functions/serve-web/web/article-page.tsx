/** An article: its text, pictures and video, what people did with it, and who they are. */
import { useRef, useState } from "preact/hooks";
import { ApiProblem, getText } from "./api.ts";
import type { Article, User } from "./api-types.ts";
import { Comments } from "./comments.tsx";
import { Picture } from "./covers.tsx";
import { Deeds } from "./deeds.tsx";
import { toDay, toMinutes, toParagraphs } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { List } from "./more.tsx";
import { Link } from "./navigation.tsx";
import { Heading, Show, ShowPage } from "./parts.tsx";
import { PersonItem } from "./person-item.tsx";
import { type Flag, toArticle, toReaders } from "./questions.ts";
import { useReader } from "./reader.ts";
import { withQuery } from "./route.ts";
import { SignInDialog } from "./sign-in.tsx";
import { ArticleSkeleton, ListSkeleton, PeopleSkeleton } from "./skeletons.tsx";
import { texts } from "./texts.ts";
import { useVisit } from "./visit.ts";

/** Articles may name files that were never sent: then there is no text. */
const getTextIfAny = async (path: string, signal: AbortSignal): Promise<string> => {
  try {
    return await getText(path, signal);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return "";
    throw error;
  }
};

interface TextProps {
  readonly article: Article;
  readonly path: string;
}

const ArticleText = ({ article: { title, language }, path }: TextProps) => {
  const text = useLoaded<string>(path, getTextIfAny);
  return (
    <Show of={text} skeleton={<ListSkeleton count={6} />}>
      {(all) => {
        const paragraphs = toParagraphs(all, title);
        if (paragraphs.length === 0) return <p class="quiet">{texts.article.noText}</p>;
        return (
          <>
            <p class="quiet reading-time">{texts.article.minutes(toMinutes(all, language))}</p>
            <div class="prose" lang={language}>
              {paragraphs.map((paragraph, index) => (
                <p key={index}>{paragraph}</p>
              ))}
            </div>
          </>
        );
      }}
    </Show>
  );
};

const Pictures = ({ article: { title, media } }: { readonly article: Article }) =>
  media.images.length === 0 ? null : (
    <section class="pictures" aria-label={texts.article.pictures}>
      {media.images.map((path, index) => (
        <Picture
          key={path}
          path={path}
          alt={texts.article.picture(index + 1, title)}
          isFirst={index === 0}
        />
      ))}
    </section>
  );

interface VideoProps {
  readonly path: string;
  readonly poster: string | undefined;
}

const Video = ({ path, poster }: VideoProps) => {
  const [isMissing, setIsMissing] = useState(false);
  return isMissing ? null : (
    <section class="video">
      <h2 class="unseen">{texts.article.video}</h2>
      {/* Without captions: the articles' videos have none to show. */}
      <video
        controls
        playsInline
        preload="metadata"
        src={path}
        {...(poster === undefined ? {} : { poster })}
        aria-label={texts.article.video}
        onError={() => setIsMissing(true)}
      />
    </section>
  );
};

const groups = [
  { flag: "readOrNot", label: texts.article.readers },
  { flag: "agreeOrNot", label: texts.article.agreed },
  { flag: "commentOrNot", label: texts.article.commented },
  { flag: "shareOrNot", label: texts.article.shared },
] as const;

type ReaderItem = Pick<User, "uid" | "name" | "region">;

const Readers = ({ aid }: { readonly aid: number }) => {
  const [flag, setFlag] = useState<Flag>("readOrNot");
  return (
    <section>
      <h2>{texts.article.who}</h2>
      <fieldset class="choices">
        <legend class="unseen">{texts.article.who}</legend>
        {groups.map((group) => (
          <button
            key={group.flag}
            type="button"
            aria-pressed={group.flag === flag}
            onClick={() => setFlag(group.flag)}
          >
            {group.label}
          </button>
        ))}
      </fieldset>
      <List<ReaderItem>
        key={flag}
        toPath={(cursor) => toReaders(aid, flag, cursor)}
        skeleton={<PeopleSkeleton count={6} />}
        empty={<p class="quiet">{texts.article.nobody}</p>}
      >
        {(readers) => (
          <ul class="people people-small">
            {readers.map(({ uid, name, region }) => (
              <PersonItem key={uid} uid={uid} name={name}>
                <p class="quiet">{region}</p>
              </PersonItem>
            ))}
          </ul>
        )}
      </List>
    </section>
  );
};

const Head = ({ article }: { readonly article: Article }) => {
  const { title, category, abstract, authors, articleTags, language, timestamp } = article;
  return (
    <div class="article-head">
      <p class="eyebrow">
        <Link class="plain" href={withQuery("/articles", { category })}>
          {category}
        </Link>
        <Link class="plain" href={withQuery("/articles", { tag: articleTags })}>
          #{articleTags}
        </Link>
      </p>
      <div lang={language}>
        <Heading>{title}</Heading>
        <p class="standfirst">{abstract}</p>
      </div>
      <p class="quiet">
        {texts.article.by} {authors} · <time>{toDay(timestamp)}</time> ·{" "}
        {texts.languages[language] ?? language}
      </p>
    </div>
  );
};

const ArticleView = ({ article }: { readonly article: Article }) => {
  const reader = useReader();
  const visit = useVisit(reader, article);
  const [isStranger, setIsStranger] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const { aid, media } = article;
  const onStranger = (): void => setIsStranger(true);
  return (
    <article class="article">
      <Head article={article} />
      <Deeds
        article={article}
        reader={reader}
        visit={visit}
        onStranger={onStranger}
        onComment={() => input.current?.focus()}
      />
      <Pictures article={article} />
      {media.text === null ? (
        <p class="quiet">{texts.article.noText}</p>
      ) : (
        <ArticleText path={media.text} article={article} />
      )}
      {media.video === null ? null : <Video path={media.video} poster={media.images[0]} />}
      <Comments
        article={article}
        reader={reader}
        visit={visit}
        input={input}
        onStranger={onStranger}
      />
      <Readers aid={aid} />
      {isStranger ? <SignInDialog onClose={() => setIsStranger(false)} /> : null}
    </article>
  );
};

export const ArticlePage = ({ aid }: { readonly aid: string }) => {
  const article = useLoaded<Article>(toArticle(aid));
  return (
    <ShowPage of={article} title={texts.article.title} skeleton={<ArticleSkeleton />}>
      {(data) => <ArticleView key={data.aid} article={data} />}
    </ShowPage>
  );
};
