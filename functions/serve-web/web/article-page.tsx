/** An article: its text, pictures and video, its counts, and who read it. */
import { useState } from "preact/hooks";
import { ApiProblem, getText } from "./api.ts";
import type { Article, PageOf, User } from "./api-types.ts";
import { PAGE_SIZE } from "./choices.ts";
import { toCount, toDay } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { Facts, Heading, Show, ShowPage } from "./parts.tsx";
import { userPath, withQuery } from "./route.ts";
import { texts } from "./texts.ts";

const Counts = ({ article: { beRead } }: { readonly article: Article }) => (
  <dl class="counts" aria-label={texts.article.counts}>
    {(["readNum", "agreeNum", "commentNum", "shareNum"] as const).map((name) => (
      <div key={name}>
        <dd>{toCount(beRead[name])}</dd>
        <dt>{texts.article[name]}</dt>
      </div>
    ))}
  </dl>
);

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
  readonly path: string;
  readonly language: string;
}

const ArticleText = ({ path, language }: TextProps) => {
  const text = useLoaded<string>(path, getTextIfAny);
  return (
    <Show of={text} lines={8}>
      {(all) =>
        all === "" ? (
          <p class="quiet">{texts.article.noText}</p>
        ) : (
          <div class="prose" lang={language}>
            {all
              .split(/\n\s*\n|\r\n\s*\r\n/)
              .filter((paragraph) => paragraph.trim() !== "")
              .map((paragraph, index) => (
                <p key={index}>{paragraph}</p>
              ))}
          </div>
        )
      }
    </Show>
  );
};

/** One that is not there leaves no gap. */
const Picture = ({ path, alt }: { readonly path: string; readonly alt: string }) => {
  const [isThere, setIsThere] = useState(true);
  return isThere ? <img src={path} alt={alt} onError={() => setIsThere(false)} /> : null;
};

const Pictures = ({ article: { title, media } }: { readonly article: Article }) =>
  media.images.length === 0 ? null : (
    <section class="pictures" aria-label={texts.article.pictures}>
      {media.images.map((path, index) => (
        <Picture key={path} path={path} alt={texts.article.picture(index + 1, title)} />
      ))}
    </section>
  );

const Video = ({ path }: { readonly path: string }) => (
  <section>
    <h2>{texts.article.video}</h2>
    {/* biome-ignore lint/a11y/useMediaCaption: the articles' videos have no captions to show. */}
    <video controls preload="metadata" src={path} aria-label={texts.article.video} />
  </section>
);

const Readers = ({ aid }: { readonly aid: number }) => {
  const params = { limit: PAGE_SIZE, fields: "uid,name,region" };
  const readers = useLoaded<PageOf<User>>(withQuery(`/v1/articles/${aid}/readers`, params));
  return (
    <section>
      <h2>{texts.article.readers}</h2>
      <Show of={readers}>
        {({ items, next }) =>
          items.length === 0 ? (
            <p class="quiet">{texts.article.noReaders}</p>
          ) : (
            <ul class="chips">
              {items.map(({ uid, name, region }) => (
                <li key={uid}>
                  <Link href={userPath(uid)}>{name}</Link> <span class="quiet">{region}</span>
                </li>
              ))}
              {next === null ? null : <li class="quiet">…</li>}
            </ul>
          )
        }
      </Show>
    </section>
  );
};

const ArticleView = ({ article }: { readonly article: Article }) => {
  const { aid, title, category, abstract, authors, articleTags, language, media } = article;
  return (
    <article>
      <Heading>{title}</Heading>
      <p class="quiet">
        {texts.article.by} {authors} · {toDay(article.timestamp)}
      </p>
      <Counts article={article} />
      <p class="lead" lang={language}>
        {abstract}
      </p>
      <Pictures article={article} />
      {media.text === null ? (
        <p class="quiet">{texts.article.noText}</p>
      ) : (
        <ArticleText path={media.text} language={language} />
      )}
      {media.video === null ? null : <Video path={media.video} />}
      <Facts
        facts={[
          [
            texts.article.categories,
            <Link key={category} href={withQuery("/articles", { category })}>
              {category}
            </Link>,
          ],
          [texts.article.tags, articleTags],
          [texts.user.language, language],
        ]}
      />
      <Readers aid={aid} />
    </article>
  );
};

export const ArticlePage = ({ aid }: { readonly aid: string }) => {
  const article = useLoaded<Article>(`/v1/articles/${encodeURIComponent(aid)}`);
  return (
    <ShowPage of={article} title={texts.article.title}>
      {(data) => <ArticleView article={data} />}
    </ShowPage>
  );
};
