/** A user and what she or he read, the newest first. */
import type { Read, User } from "./api-types.ts";
import { PAGE_SIZE } from "./choices.ts";
import { toCount, toDay, toDuration, toMinute } from "./format.ts";
import { Icon } from "./icons.tsx";
import { useLoaded } from "./loaded.ts";
import { List } from "./more.tsx";
import { Link } from "./navigation.tsx";
import { Empty, Face, Facts, Heading, ShowPage } from "./parts.tsx";
import { toReadsOf, toUser } from "./questions.ts";
import { articlePath, userPath, withQuery } from "./route.ts";
import { ListSkeleton } from "./skeletons.tsx";
import { texts } from "./texts.ts";

const Profile = ({ user }: { readonly user: User }) => (
  <>
    <div class="profile">
      <Face uid={user.uid} name={user.name} />
      <div>
        <Heading>{user.name}</Heading>
        <p class="quiet">
          <Link href={withQuery("/users", { region: user.region })}>{user.region}</Link> ·{" "}
          {texts.user.since(toDay(user.timestamp))}
        </p>
      </div>
    </div>
    <Facts
      facts={[
        [texts.user.uid, user.uid],
        [texts.user.gender, texts.genders[user.gender] ?? user.gender],
        [texts.user.dept, user.dept],
        [texts.user.grade, user.grade],
        [texts.user.role, user.role],
        [texts.user.language, texts.languages[user.language] ?? user.language],
        [
          texts.user.tags,
          <Link key="tag" href={withQuery("/articles", { tag: user.preferTags })}>
            {user.preferTags}
          </Link>,
        ],
        [texts.user.credits, toCount(user.obtainedCredits)],
        [texts.user.email, user.email],
        [texts.user.phone, user.phone],
      ]}
    />
  </>
);

const deeds = [
  { flag: "agreeOrNot", icon: "agree", label: texts.user.agreed },
  { flag: "commentOrNot", icon: "comment", label: texts.user.commented },
  { flag: "shareOrNot", icon: "share", label: texts.user.shared },
] as const;

const Deed = ({ read }: { readonly read: Read }) => (
  <>
    {deeds
      .filter(({ flag }) => read[flag] === 1)
      .map(({ flag, icon, label }) => (
        <span key={flag} class="tag">
          <Icon name={icon} /> {label}
        </span>
      ))}
  </>
);

const ReadItem = ({ read }: { readonly read: Read }) => (
  <li class="read">
    <p class="read-title">
      {read.title === null ? (
        texts.user.gone(read.aid)
      ) : (
        <Link class="plain" href={articlePath(read.aid)}>
          {read.title}
        </Link>
      )}
    </p>
    <p class="quiet read-foot">
      {read.category === null ? null : <span>{read.category} · </span>}
      <time>{toMinute(read.timestamp)}</time>
      {read.readTimeLength === 0 ? "" : ` · ${toDuration(read.readTimeLength)}`}{" "}
      <Deed read={read} />
    </p>
    {read.commentOrNot === 0 || read.commentDetail === "" ? null : (
      <blockquote class="read-comment">{read.commentDetail}</blockquote>
    )}
  </li>
);

interface UserPageProps {
  readonly uid: string;
  readonly cursor?: string;
}

const Reads = ({ uid, cursor }: UserPageProps) => {
  const toHref = (from?: string): string => withQuery(userPath(uid), { cursor: from });
  return (
    <section>
      <h2>{texts.user.reads}</h2>
      {cursor === undefined ? null : (
        <p>
          <Link href={toHref()}>{texts.firstPage}</Link>
        </p>
      )}
      <List<Read>
        toPath={(from) => toReadsOf(uid, from)}
        toHref={toHref}
        cursor={cursor}
        skeleton={<ListSkeleton count={PAGE_SIZE} />}
        empty={<Empty>{texts.user.noReads}</Empty>}
      >
        {(reads) => (
          <ol class="reads">
            {reads.map((read) => (
              <ReadItem key={read.id} read={read} />
            ))}
          </ol>
        )}
      </List>
    </section>
  );
};

export const UserPage = ({ uid, cursor }: UserPageProps) => {
  const user = useLoaded<User>(toUser(uid));
  return (
    <div class="narrow">
      <ShowPage of={user} title={texts.user.title} lines={6}>
        {(data) => (
          <>
            <Profile user={data} />
            <Reads uid={uid} {...(cursor === undefined ? {} : { cursor })} />
          </>
        )}
      </ShowPage>
    </div>
  );
};
