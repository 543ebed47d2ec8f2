/** Addresses and links: pages follow each other without loading the shell again. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Address {
  readonly pathname: string;
  readonly search: string;
}

const CHANGED = "tagenal-address";

const read = (): Address => ({ pathname: location.pathname, search: location.search });

let isMoved = false;

/** Whether the page that is shown was come to from another one. */
export const hasMoved = (): boolean => isMoved;

export const goTo = (href: string): void => {
  history.pushState(null, "", href);
  scrollTo(0, 0);
  dispatchEvent(new Event(CHANGED));
};

export const useAddress = (): Address => {
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const onChange = (): void => {
      isMoved = true;
      setAddress(read());
    };
    addEventListener("popstate", onChange);
    addEventListener(CHANGED, onChange);
    return () => {
      removeEventListener("popstate", onChange);
      removeEventListener(CHANGED, onChange);
    };
  }, []);
  return address;
};

interface LinkProps {
  readonly href: string;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly children: ComponentChildren;
}

/** With a modifier or another button the browser does what it always does: a new tab, say. */
const isPlain = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

export const Link = ({ href, isCurrent = false, children, ...rest }: LinkProps) => (
  <a
    {...rest}
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
