/** Addresses and links: pages follow each other without loading the shell again. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { ahead } from "./prefetch.ts";
import { toUnique } from "./unique.ts";

export interface Address {
  readonly pathname: string;
  readonly search: string;
}

const CHANGED = "tagenal-address";

const read = (): Address => ({ pathname: location.pathname, search: location.search });

let isMoved = false;

/** Whether the page that is shown was come to from another one. */
export const hasMoved = (): boolean => isMoved;

/** How far down each entry of the history was read, by its key. */
const positions = new Map<string, number>();
const keyOf = (state: unknown): string =>
  (state as { readonly key?: string } | null)?.key ?? "first";

const setAddress = (href: string, how: "pushState" | "replaceState"): void => {
  const key = how === "pushState" ? toUnique() : keyOf(history.state);
  history[how]({ key }, "", href);
  dispatchEvent(new Event(CHANGED));
};

export const goTo = (href: string): void => setAddress(href, "pushState");

/** Another choice on the same page: it stays where it is. */
export const stayAt = (href: string): void => setAddress(href, "replaceState");

export const useAddress = (): Address => {
  const [address, setShown] = useState(read);
  useEffect(() => {
    history.scrollRestoration = "manual";
    const onChange = (): void => {
      isMoved = true;
      setShown(read());
    };
    const onScroll = (): void => {
      positions.set(keyOf(history.state), scrollY);
    };
    addEventListener("popstate", onChange);
    addEventListener(CHANGED, onChange);
    addEventListener("scroll", onScroll, { passive: true });
    return () => {
      removeEventListener("popstate", onChange);
      removeEventListener(CHANGED, onChange);
      removeEventListener("scroll", onScroll);
    };
  }, []);
  // Before the page is painted: at the top of a new one, where it was of one come back to.
  useLayoutEffect(() => {
    if (isMoved) scrollTo(0, positions.get(keyOf(history.state)) ?? 0);
  }, [address]);
  return address;
};

interface LinkProps {
  readonly href: string;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly children: ComponentChildren;
}

/** With a modifier or another button the browser does what it always does: a new tab, say. */
export const isPlain = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

export const Link = ({ href, isCurrent = false, children, ...rest }: LinkProps) => (
  <a
    {...rest}
    {...ahead(href)}
    href={href}
    aria-current={isCurrent ? "page" : undefined}
    onClick={(event) => {
      if (!isPlain(event)) return;
      event.preventDefault();
      goTo(href);
    }}
  >
    {children}
  </a>
);
