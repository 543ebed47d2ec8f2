/**
 * Lists that go on below, page by page. What was opened stays open for as long as the tab is, so that
 * whoever comes back finds the list, and her place in it, as they were.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PageOf } from "./api-types.ts";
import { useLoaded } from "./loaded.ts";
import { isPlain } from "./navigation.tsx";
import { Show } from "./parts.tsx";
import { ahead } from "./prefetch.ts";
import { texts } from "./texts.ts";

const opened = new Set<string>();

/** By the address of the API that the next page comes from. */
export const useOpened = (path: string): readonly [boolean, () => void] => {
  const [, setCount] = useState(0);
  const open = (): void => {
    opened.add(path);
    setCount((count) => count + 1);
  };
  return [opened.has(path), open];
};

interface MoreProps {
  /** Where the next page begins a list, for whoever wants it by itself. */
  readonly href?: string;
  readonly onMore: () => void;
}

export const More = ({ href, onMore }: MoreProps) => (
  <p class="more">
    {href === undefined ? (
      <button type="button" onClick={onMore}>
        {texts.more}
      </button>
    ) : (
      <a
        {...ahead(href)}
        class="button"
        href={href}
        onClick={(event) => {
          if (!isPlain(event)) return;
          event.preventDefault();
          onMore();
        }}
      >
        {texts.more}
      </a>
    )}
  </p>
);

interface ListProps<Item> {
  /** The address of the API that a page comes from, by its cursor. */
  readonly toPath: (cursor?: string) => string;
  /** The address of these pages that begins there. */
  readonly toHref?: (cursor: string) => string;
  readonly cursor?: string | undefined;
  readonly skeleton: ComponentChildren;
  readonly empty: ComponentChildren;
  readonly children: (items: readonly Item[]) => ComponentChildren;
  /** It came below others, because somebody wanted more. */
  readonly isMore?: boolean;
}

const Next = <Item,>(props: ListProps<Item> & { readonly cursor: string }) => {
  const { toPath, toHref, cursor } = props;
  const [isOpen, open] = useOpened(toPath(cursor));
  if (isOpen) return <List {...props} isMore />;
  return <More {...(toHref === undefined ? {} : { href: toHref(cursor) })} onMore={open} />;
};

/** The focus was on what is gone now: it goes to the first of what has come. */
const useFocus = (isWanted: boolean) => {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const isLost = document.activeElement === document.body;
    if (isWanted && isLost) ref.current?.querySelector("a")?.focus({ preventScroll: true });
  }, [isWanted]);
  return ref;
};

export const List = <Item,>(props: ListProps<Item>) => {
  const { toPath, cursor, skeleton, empty, children, isMore = false } = props;
  const page = useLoaded<PageOf<Item>>(toPath(cursor));
  const ref = useFocus(isMore && page.state === "done");
  return (
    <Show of={page} skeleton={skeleton}>
      {({ items, next }) => (
        <>
          <div ref={ref}>{items.length === 0 && !isMore ? empty : children(items)}</div>
          {next === null ? null : <Next {...props} cursor={next} />}
        </>
      )}
    </Show>
  );
};
