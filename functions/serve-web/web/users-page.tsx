/** Users of a region, page by page. */
import type { PageOf, User } from "./api-types.ts";
import { PAGE_SIZE, regions } from "./choices.ts";
import { toCount } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { Choices, Empty, Heading, Pager, Show } from "./parts.tsx";
import { userPath, withQuery } from "./route.ts";
import { texts } from "./texts.ts";

const fields = "uid,name,gender,region,dept,grade,obtainedCredits";

const UserTable = ({ users }: { readonly users: readonly User[] }) => (
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th class="number">{texts.user.uid}</th>
          <th>{texts.user.name}</th>
          <th>{texts.user.gender}</th>
          <th>{texts.user.region}</th>
          <th>{texts.user.dept}</th>
          <th>{texts.user.grade}</th>
          <th class="number">{texts.user.credits}</th>
        </tr>
      </thead>
      <tbody>
        {users.map(({ uid, name, gender, region, dept, grade, obtainedCredits }) => (
          <tr key={uid}>
            <td class="number">{uid}</td>
            <td>
              <Link href={userPath(uid)}>{name}</Link>
            </td>
            <td>{gender}</td>
            <td>{region}</td>
            <td>{dept}</td>
            <td>{grade}</td>
            <td class="number">{toCount(obtainedCredits)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

interface UsersPageProps {
  readonly region?: string;
  readonly cursor?: string;
}

export const UsersPage = ({ region, cursor }: UsersPageProps) => {
  const params = { region, cursor, limit: PAGE_SIZE, fields };
  const users = useLoaded<PageOf<User>>(withQuery("/v1/users", params));
  const choices = [undefined, ...regions].map((one) => ({
    label: one ?? texts.all,
    href: withQuery("/users", { region: one }),
    isCurrent: one === region,
  }));
  return (
    <>
      <Heading>{region === undefined ? texts.user.title : texts.user.of(region)}</Heading>
      <Choices label={texts.user.regions} choices={choices} />
      <Show of={users} lines={PAGE_SIZE}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? <Empty>{texts.user.empty}</Empty> : <UserTable users={items} />}
            <Pager path="/users" params={{ region }} cursor={cursor} next={next} />
          </>
        )}
      </Show>
    </>
  );
};
