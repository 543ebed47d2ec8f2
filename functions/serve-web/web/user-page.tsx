/** A user and what she or he read, the newest first. */
import type { PageOf, Read, User } from "./api-types.ts";
import { PAGE_SIZE } from "./choices.ts";
import { toCount, toDay, toDuration, toMinute } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { Empty, Facts, Heading, Pager, Show, ShowPage } from "./parts.tsx";
import { articlePath, userPath, withQuery } from "./route.ts";
import { texts } from "./texts.ts";

const UserFacts = ({ user }: { readonly user: User }) => (
  <Facts
    facts={[
      [texts.user.uid, user.uid],
      [texts.user.region, user.region],
      [texts.user.gender, user.gender],
      [texts.user.dept, user.dept],
      [texts.user.grade, user.grade],
      [texts.user.role, user.role],
      [texts.user.language, user.language],
      [texts.user.tags, user.preferTags],
      [texts.user.credits, toCount(user.obtainedCredits)],
      [texts.user.email, user.email],
      [texts.user.phone, user.phone],
      [texts.user.since, toDay(user.timestamp)],
    ]}
  />
);

const toDeeds = (read: Read): string =>
  [
    read.agreeOrNot === 1 ? texts.user.agreed : "",
    read.commentOrNot === 1 ? texts.user.commented : "",
    read.shareOrNot === 1 ? texts.user.shared : "",
  ]
    .filter((deed) => deed !== "")
    .join(", ");

const ReadRow = ({ read }: { readonly read: Read }) => (
  <tr>
    <td>
      {read.title === null ? (
        texts.user.gone(read.aid)
      ) : (
        <Link href={articlePath(read.aid)}>{read.title}</Link>
      )}
      {read.commentOrNot === 0 || read.commentDetail === "" ? null : (
        <q class="comment">{read.commentDetail}</q>
      )}
    </td>
    <td>{read.category ?? texts.none}</td>
    <td class="nowrap">{toMinute(read.timestamp)}</td>
    <td class="number nowrap">{toDuration(read.readTimeLength)}</td>
    <td>{toDeeds(read)}</td>
  </tr>
);

const ReadTable = ({ reads }: { readonly reads: readonly Read[] }) => (
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th>{texts.user.article}</th>
          <th>{texts.user.category}</th>
          <th>{texts.user.when}</th>
          <th class="number">{texts.user.howLong}</th>
          <th>{texts.user.did}</th>
        </tr>
      </thead>
      <tbody>
        {reads.map((read) => (
          <ReadRow key={read.id} read={read} />
        ))}
      </tbody>
    </table>
  </div>
);

interface UserPageProps {
  readonly uid: string;
  readonly cursor?: string;
}

const Reads = ({ uid, cursor }: UserPageProps) => {
  const path = `/v1/users/${encodeURIComponent(uid)}/reads`;
  const reads = useLoaded<PageOf<Read>>(withQuery(path, { limit: PAGE_SIZE, cursor }));
  return (
    <section>
      <h2>{texts.user.reads}</h2>
      <Show of={reads} lines={PAGE_SIZE}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? <Empty>{texts.user.noReads}</Empty> : <ReadTable reads={items} />}
            <Pager path={userPath(uid)} cursor={cursor} next={next} />
          </>
        )}
      </Show>
    </section>
  );
};

export const UserPage = ({ uid, cursor }: UserPageProps) => {
  const user = useLoaded<User>(`/v1/users/${encodeURIComponent(uid)}`);
  return (
    <ShowPage of={user} title={texts.user.title}>
      {(data) => (
        <>
          <Heading>{data.name}</Heading>
          <UserFacts user={data} />
          <Reads uid={uid} {...(cursor === undefined ? {} : { cursor })} />
        </>
      )}
    </ShowPage>
  );
};
