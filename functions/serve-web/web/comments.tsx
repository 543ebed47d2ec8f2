/** The comments on an article, the newest first, and a new one. */
import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import type { ArticleItem, PageOf, Read, User } from "./api-types.ts";
import { toMinute } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { List } from "./more.tsx";
import { Link } from "./navigation.tsx";
import { toComments, toNames } from "./questions.ts";
import type { Reader } from "./reader.ts";
import { userPath } from "./route.ts";
import { ListSkeleton } from "./skeletons.tsx";
import { texts } from "./texts.ts";
import type { Visit } from "./visit.ts";
import { useWrites } from "./writes.ts";

export const LONGEST_COMMENT = 1_000;

type CommentItem = Pick<Read, "id" | "uid" | "timestamp" | "commentDetail">;

const Comment = ({ of, name }: { readonly of: CommentItem; readonly name: string }) => (
  <li class="comment-item">
    <p class="comment-head">
      <Link class="plain" href={userPath(of.uid)}>
        {name}
      </Link>{" "}
      <time class="quiet" dateTime={new Date(of.timestamp).toISOString()}>
        {toMinute(of.timestamp)}
      </time>
    </p>
    <p class="comment-text">{of.commentDetail}</p>
  </li>
);

const Named = ({ comments }: { readonly comments: readonly CommentItem[] }) => {
  const uids = [...new Set(comments.map(({ uid }) => uid))].sort((one, other) => one - other);
  const users = useLoaded<PageOf<Pick<User, "uid" | "name">>>(toNames(uids));
  const names = new Map(
    users.state === "done" ? users.data.items.map(({ uid, name }) => [uid, name]) : [],
  );
  return (
    <ul class="comment-list">
      {comments.map((one) => (
        <Comment key={one.id} of={one} name={names.get(one.uid) ?? texts.comments.user(one.uid)} />
      ))}
    </ul>
  );
};

/** This tab's own that the list does not have yet. */
const usePending = (aid: number) => {
  const writes = useWrites();
  const first = useLoaded<PageOf<CommentItem>>(toComments(aid));
  const listed = new Set(first.state === "done" ? first.data.items.map(({ id }) => id) : []);
  return writes.filter(
    ({ read, state, id }) =>
      read.aid === aid && read.commentOrNot === 1 && state !== "failed" && !listed.has(id ?? ""),
  );
};

const Pending = ({ aid, reader }: { readonly aid: number; readonly reader: Reader }) => {
  const pending = usePending(aid);
  return pending.length === 0 ? null : (
    <ul class="comment-list comment-pending" aria-live="polite">
      {pending.toReversed().map(({ key, read, state }) => (
        <li key={key} class="comment-item">
          <p class="comment-head">
            <Link class="plain" href={userPath(read.uid)}>
              {reader.name}
            </Link>{" "}
            <span class="quiet">
              {state === "sending" ? texts.comments.sending : toMinute(read.timestamp)}
            </span>
          </p>
          <p class="comment-text">{read.commentDetail}</p>
        </li>
      ))}
    </ul>
  );
};

interface FormProps {
  readonly reader: Reader;
  readonly visit: Visit;
  readonly input: RefObject<HTMLTextAreaElement | null>;
}

const Form = ({ reader, visit, input }: FormProps) => {
  const [text, setText] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    const comment = text.trim();
    if (comment === "") return;
    visit.act("commentOrNot", comment);
    setText("");
  };
  return (
    <form class="comment-form" onSubmit={submit}>
      <label>
        {texts.comments.as(reader.name)}
        <textarea
          ref={input}
          rows={3}
          maxLength={LONGEST_COMMENT}
          value={text}
          onInput={({ currentTarget: { value } }) => setText(value)}
        />
      </label>
      <button type="submit" class="strong" disabled={text.trim() === ""}>
        {texts.comments.send}
      </button>
    </form>
  );
};

interface CommentsProps extends Omit<FormProps, "reader"> {
  readonly article: Pick<ArticleItem, "aid">;
  readonly reader: Reader | undefined;
  readonly onStranger: () => void;
}

export const Comments = ({ article: { aid }, reader, onStranger, ...form }: CommentsProps) => (
  <section class="comments">
    <h2>{texts.comments.title}</h2>
    {reader === undefined ? (
      <p>
        <button type="button" onClick={onStranger}>
          {texts.comments.signIn}
        </button>
      </p>
    ) : (
      <>
        <Form {...form} reader={reader} />
        <Pending aid={aid} reader={reader} />
      </>
    )}
    <List<CommentItem>
      toPath={(cursor) => toComments(aid, cursor)}
      skeleton={<ListSkeleton count={3} />}
      empty={<p class="quiet">{texts.comments.none}</p>}
    >
      {(items) => <Named comments={items} />}
    </List>
  </section>
);
