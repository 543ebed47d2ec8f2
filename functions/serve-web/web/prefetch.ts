/**
 * Asks ahead for what a link leads to, as soon as somebody seems to want it. Not where people save
 * data, and what fails is asked for again when it is wanted.
 */
import { want } from "./answers.ts";
import { questionsOf } from "./questions.ts";
import { parsePage } from "./route.ts";

/** A pointer that only passes by wants nothing. */
const HOVER_MS = 50;

const savesData = (): boolean =>
  (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

export const prefetch = (href: string): void => {
  const { pathname, search, origin } = new URL(href, location.href);
  if (origin !== location.origin || savesData()) return;
  for (const path of questionsOf(parsePage(pathname, search)))
    want(path).catch(() => {
      // Nobody waits for it.
    });
};

let timer: ReturnType<typeof setTimeout> | undefined;

/** For a link: what it leads to is asked for when the pointer rests on it, or it has the focus. */
export const ahead = (href: string) => ({
  onPointerEnter: (): void => {
    clearTimeout(timer);
    timer = setTimeout(prefetch, HOVER_MS, href);
  },
  onPointerLeave: (): void => clearTimeout(timer),
  onFocus: (): void => prefetch(href),
});
