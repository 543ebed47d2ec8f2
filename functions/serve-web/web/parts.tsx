/** Pieces that all pages share: the states of what is loaded, headings, chips and paging. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiProblem } from "./api.ts";
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

/** From then on people wonder whether anything still happens. */
const SLOW_MS = 4_000;

/** In the form of what is on its way, so that nothing moves when it comes. */
export const Waiting = ({ children }: { readonly children: ComponentChildren }) => {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(setIsSlow, SLOW_MS, true);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="skeleton">
      <p class={isSlow ? "slow" : "unseen"} role="status">
        {isSlow ? texts.slow : texts.loading}
      </p>
      <div aria-hidden="true">{children}</div>
    </div>
  );
};

export const Skeleton = ({ lines = 5 }: { readonly lines?: number }) => (
  <Waiting>
    {Array.from({ length: lines }, (_, index) => (
      <div key={index} class="skeleton-line" />
    ))}
  </Waiting>
);

interface FailedProps {
  readonly error: Error;
  readonly retry?: () => void;
}

const toTitle = (status: number): string => {
  if (status === 404) return texts.notThere;
  return status === 401 || status === 403 ? texts.mayNot : texts.failed;
};

export const Failed = ({ error, retry }: FailedProps) => {
  const status = error instanceof ApiProblem ? error.status : 0;
  // To ask again helps where nobody answered, or somebody who was at fault or too busy.
  const mayHelp = status === 0 || status === 429 || status >= 500;
  return (
    <div class={`notice ${status === 404 ? "" : "notice-bad"}`} role="alert">
      <strong>{toTitle(status)}</strong>
      <p>{error.message}</p>
      {retry === undefined || !mayHelp ? null : (
        <button type="button" onClick={retry}>
          {texts.tryAgain}
        </button>
      )}
      {status === 404 ? <Link href="/">{texts.goHome}</Link> : null}
    </div>
  );
};

export const Empty = ({ children }: { readonly children: ComponentChildren }) => (
  <div class="notice">
    <strong>{texts.nothingHere}</strong>
    <p>{children}</p>
  </div>
);

interface ShowProps<T> {
  readonly of: Loaded<T>;
  /** What stands in for it meanwhile: lines, or something of its form. */
  readonly lines?: number;
  readonly skeleton?: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}

export const Show = <T,>({ of, lines = 5, skeleton, children }: ShowProps<T>) => {
  if (of.state === "loading")
    return skeleton === undefined ? <Skeleton lines={lines} /> : <Waiting>{skeleton}</Waiting>;
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

/** Characters; more than these are not for a narrow column. */
const LONG = 60;

export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts.map(([label, value]) => (
      <div key={label} class={typeof value === "string" && value.length > LONG ? "long" : ""}>
        <dt>{label}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

const FACES = 6;

/** Stands for a user, beside her name: two letters on a ground of her own. */
export const Face = ({ uid, name }: { readonly uid: number; readonly name: string }) => (
  <span class={`face cover-${uid % FACES}`} aria-hidden="true">
    {[...name].slice(0, 1).join("").toUpperCase()}
    {[...name].length > 1 ? [...name].at(-1) : ""}
  </span>
);
