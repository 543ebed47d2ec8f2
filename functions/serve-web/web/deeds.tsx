/** What can be done with an article, how often it was, and what this reader has done. */
import { useState } from "preact/hooks";
import type { Article, PageOf, Read } from "./api-types.ts";
import { type Counts, withExpected } from "./counts.ts";
import { toCount } from "./format.ts";
import { Icon, type IconName } from "./icons.tsx";
import { useLoaded } from "./loaded.ts";
import { toDeedsOf } from "./questions.ts";
import type { Reader } from "./reader.ts";
import { articlePath } from "./route.ts";
import { texts } from "./texts.ts";
import type { Deed, Visit } from "./visit.ts";
import { useWrites } from "./writes.ts";

type Done = Readonly<Record<Deed, boolean>>;

/** By what is stored and by what is on its way. */
export const useDone = ({ uid }: Reader, aid: number): Done => {
  const mine = useLoaded<PageOf<Read>>(toDeedsOf(uid, aid));
  const writes = useWrites();
  const stored = mine.state === "done" ? mine.data.items : [];
  const own = writes.filter(
    ({ read, state }) => state !== "failed" && read.uid === uid && read.aid === aid,
  );
  const has = (deed: Deed): boolean =>
    [...stored, ...own.map(({ read }) => read)].some((read) => read[deed] === 1);
  return {
    agreeOrNot: has("agreeOrNot"),
    commentOrNot: has("commentOrNot"),
    shareOrNot: has("shareOrNot"),
  };
};

interface DeedButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly count: number;
  readonly isDone: boolean;
  readonly onClick: () => void;
}

const DeedButton = ({ icon, label, count, isDone, onClick }: DeedButtonProps) => (
  <button type="button" class={`deed ${isDone ? "deed-done" : ""}`} onClick={onClick}>
    <Icon name={icon} />
    <span class="deed-label">{label}</span> <span class="deed-count">{toCount(count)}</span>
  </button>
);

/** The address for others: copied, where the browser lets pages do so, or else shown. */
const copyLink = async (aid: number): Promise<string> => {
  const link = new URL(articlePath(aid), location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    return texts.deeds.copied;
  } catch {
    return texts.deeds.link(link);
  }
};

const nothingDone: Done = { agreeOrNot: false, commentOrNot: false, shareOrNot: false };

interface DeedsProps {
  readonly article: Article;
  readonly done: Done | undefined;
  readonly visit: Visit;
  /** Somebody who is not signed in wants to do something. */
  readonly onStranger: () => void;
  readonly onComment: () => void;
}

const Bar = ({ article, done, visit, onStranger, onComment }: DeedsProps) => {
  const [said, setSaid] = useState("");
  const { aid, beRead } = article;
  const counts: Counts = withExpected(aid, beRead);
  const has = done ?? nothingDone;
  const orStranger = (act: () => void) => (done === undefined ? onStranger : act);
  const agree = (): void => {
    if (has.agreeOrNot) setSaid(texts.deeds.onceOnly);
    else visit.act("agreeOrNot");
  };
  const share = (): void => {
    if (!has.shareOrNot) visit.act("shareOrNot");
    copyLink(aid).then(setSaid, () => undefined);
  };
  return (
    <div class="deeds-frame">
      <section class="deeds" aria-label={texts.article.counts}>
        <span class="deed deed-still">
          <Icon name="read" />
          <span class="deed-count">{toCount(counts.readNum)}</span>{" "}
          {texts.article.readsOf(counts.readNum)}
        </span>
        <DeedButton
          icon="agree"
          label={has.agreeOrNot ? texts.deeds.agreed : texts.deeds.agree}
          count={counts.agreeNum}
          isDone={has.agreeOrNot}
          onClick={orStranger(agree)}
        />
        <DeedButton
          icon="comment"
          label={texts.deeds.comment}
          count={counts.commentNum}
          isDone={has.commentOrNot}
          onClick={orStranger(onComment)}
        />
        <DeedButton
          icon="share"
          label={has.shareOrNot ? texts.deeds.shared : texts.deeds.share}
          count={counts.shareNum}
          isDone={has.shareOrNot}
          onClick={orStranger(share)}
        />
      </section>
      <p class="deeds-said quiet" role="status">
        {said}
      </p>
    </div>
  );
};

type SignedProps = Omit<DeedsProps, "done"> & { readonly reader: Reader };

const SignedBar = ({ reader, ...props }: SignedProps) => (
  <Bar {...props} done={useDone(reader, props.article.aid)} />
);

export const Deeds = ({
  reader,
  ...props
}: Omit<SignedProps, "reader"> & { readonly reader: Reader | undefined }) => {
  // The counts that are shown follow the writes.
  useWrites();
  return reader === undefined ? (
    <Bar {...props} done={undefined} />
  ) : (
    <SignedBar {...props} reader={reader} />
  );
};
