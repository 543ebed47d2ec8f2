/**
 * One reader's visit to an article: how long it was looked at, and that it is written once, with the
 * first thing that the reader does or when she leaves.
 */
import { useEffect, useRef } from "preact/hooks";
import { peek } from "./answers.ts";
import type { ArticleItem, PageOf, Read } from "./api-types.ts";
import type { Flags } from "./counts.ts";
import { toDeedsOf } from "./questions.ts";
import type { Reader } from "./reader.ts";
import { createWatch } from "./watch.ts";
import { type NewRead, send } from "./writes.ts";

/** Whoever leaves sooner has not read it. */
export const LEAST_SECONDS = 5;

export type Deed = "agreeOrNot" | "commentOrNot" | "shareOrNot";

export interface Visit {
  /** Writes what the reader does, and with the first of it that she has read it. */
  readonly act: (deed: Deed, comment?: string) => void;
}

const nothing: Flags = { readOrNot: 0, agreeOrNot: 0, commentOrNot: 0, shareOrNot: 0 };

const countReads = ({ uid }: Reader, aid: number): number => {
  const mine = peek(toDeedsOf(uid, aid)) as PageOf<Read> | undefined;
  return mine?.items.filter(({ readOrNot }) => readOrNot === 1).length ?? 0;
};

const start = (reader: Reader, { aid, title }: Pick<ArticleItem, "aid" | "title">) => {
  const watch = createWatch(() => performance.now());
  let isWritten = false;
  const write = (flags: Partial<Flags>, commentDetail: string, keepalive: boolean): void => {
    const read: NewRead = {
      ...nothing,
      ...flags,
      readOrNot: isWritten ? 0 : 1,
      timestamp: Date.now(),
      uid: reader.uid,
      aid,
      readTimeLength: watch.seconds(),
      readSequence: countReads(reader, aid),
      commentDetail,
    };
    isWritten = true;
    watch.restart();
    send({ read, title, keepalive });
  };
  return {
    watch,
    act: (deed: Deed, comment = ""): void => write({ [deed]: 1 }, comment, false),
    leave: (): void => {
      if (!isWritten && watch.seconds() >= LEAST_SECONDS) write({}, "", true);
    },
  };
};

/** Nobody's visit is not counted. */
export const useVisit = (
  reader: Reader | undefined,
  article: Pick<ArticleItem, "aid" | "title">,
): Visit => {
  const visit = useRef<ReturnType<typeof start> | null>(null);
  useEffect(() => {
    if (reader === undefined) return undefined;
    const mine = start(reader, article);
    visit.current = mine;
    const onVisibility = (): void => (document.hidden ? mine.watch.pause() : mine.watch.resume());
    document.addEventListener("visibilitychange", onVisibility);
    addEventListener("pagehide", mine.leave);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      removeEventListener("pagehide", mine.leave);
      mine.leave();
      visit.current = null;
    };
  }, [reader?.uid, article.aid]);
  return { act: (deed, comment) => visit.current?.act(deed, comment) };
};
