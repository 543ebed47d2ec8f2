/** Pieces that all pages share: the states of what is loaded, headings, chips and paging. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Loaded } from "./loaded.ts";
import { hasMoved, Link } from "./navigation.tsx";
import { withQuery } from "./route.ts";
import { texts } from "./texts.ts";

/** Takes the focus when the page changes, so that it is read out from here. */
export const Heading = ({ children }: { readonly children: ComponentChildren }) => {
  const ref = useRef<HTMLHeadingElement>(null);
  const title = typeof children === "string" ? children : texts.site;
  useEffect(() => {
    document.title = title === texts.site ? title : `${title} · ${texts.site}`;
  }, [title]);
  useEffect(() => {
    // Not on the first page: whoever opens the site starts at its top.
    if (hasMoved()) ref.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
};

export const Skeleton = ({ lines = 5 }: { readonly lines?: number }) => (
  <div class="skeleton" role="status">
    <span class="unseen">{texts.loading}</span>
    {Array.from({ length: lines }, (_, index) => (
      <div key={index} class="skeleton-line" />
    ))}
  </div>
);

interface FailedProps {
  readonly error: Error;
  readonly retry?: () => void;
}

export const Failed = ({ error, retry }: FailedProps) => (
  <div class="notice notice-bad" role="alert">
    <strong>{texts.failed}</strong>
    <p>{error.message}</p>
    {retry === undefined ? null : (
      <button type="button" onClick={retry}>
        {texts.tryAgain}
      </button>
    )}
  </div>
);

export const Empty = ({ children }: { readonly children: ComponentChildren }) => (
  <div class="notice">
    <strong>{texts.nothingHere}</strong>
    <p>{children}</p>
  </div>
);

interface ShowProps<T> {
  readonly of: Loaded<T>;
  readonly lines?: number;
  readonly children: (data: T) => ComponentChildren;
}

export const Show = <T,>({ of, lines, children }: ShowProps<T>) => {
  if (of.state === "loading") return <Skeleton {...(lines === undefined ? {} : { lines })} />;
  if (of.state === "failed") return <Failed error={of.error} retry={of.retry} />;
  return <>{children(of.data)}</>;
};

interface ShowPageProps<T> extends ShowProps<T> {
  /** Above what is not there, or not yet. */
  readonly title: string;
}

/** A whole page that is one loaded thing. */
export const ShowPage = <T,>({ title, ...shown }: ShowPageProps<T>) => (
  <>
    {shown.of.state === "done" ? null : <Heading>{title}</Heading>}
    <Show {...shown} />
  </>
);

interface Choice {
  readonly label: string;
  readonly href: string;
  readonly isCurrent: boolean;
}

export const Choices = ({
  label,
  choices,
}: {
  readonly label: string;
  readonly choices: readonly Choice[];
}) => (
  <nav class="choices" aria-label={label}>
    {choices.map(({ label: name, href, isCurrent }) => (
      <Link key={href} href={href} isCurrent={isCurrent}>
        {name}
      </Link>
    ))}
  </nav>
);

interface PagerProps {
  readonly path: string;
  readonly params?: Readonly<Record<string, string | undefined>>;
  readonly cursor: string | undefined;
  readonly next: string | null;
}

export const Pager = ({ path, params = {}, cursor, next }: PagerProps) =>
  cursor === undefined && next === null ? null : (
    <nav class="pager" aria-label={texts.pages}>
      {cursor === undefined ? (
        <span />
      ) : (
        <Link href={withQuery(path, params)}>{texts.firstPage}</Link>
      )}
      {next === null ? (
        <span />
      ) : (
        <Link href={withQuery(path, { ...params, cursor: next })}>{texts.nextPage}</Link>
      )}
    </nav>
  );

type Fact = readonly [label: string, value: ComponentChildren];

export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts.map(([label, value]) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
