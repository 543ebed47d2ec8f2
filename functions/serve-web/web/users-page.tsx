/** Users by region and whatever else is known of them. */
import type { User } from "./api-types.ts";
import { genders, grades, languages, PAGE_SIZE, regions, roles } from "./choices.ts";
import { clearTo, Select, Word } from "./filters.tsx";
import { toCount } from "./format.ts";
import { List } from "./more.tsx";
import { Link, stayAt } from "./navigation.tsx";
import { Choices, Empty, Heading } from "./parts.tsx";
import { PersonItem } from "./person-item.tsx";
import { toUsers } from "./questions.ts";
import { type UsersChoice, withQuery } from "./route.ts";
import { PeopleSkeleton } from "./skeletons.tsx";
import { texts } from "./texts.ts";

const selects = [
  { name: "gender", label: texts.user.gender, options: genders, names: texts.genders },
  { name: "language", label: texts.user.language, options: languages, names: texts.languages },
  { name: "grade", label: texts.user.grade, options: grades, names: {} },
  { name: "role", label: texts.user.role, options: roles, names: {} },
] as const;

const words = [
  { name: "startsWith", label: texts.user.startsWith, example: "user12" },
  { name: "dept", label: texts.user.dept, example: "dept3" },
  { name: "tag", label: texts.user.tags, example: "tags7" },
] as const;

/** On a narrow screen the filters would be all that is seen. */
const isWide = (): boolean => matchMedia("(min-width: 40rem)").matches;

const Filters = ({ choice: { cursor: _, ...choice } }: { readonly choice: UsersChoice }) => {
  const { region, ...others } = choice;
  const change =
    (name: keyof UsersChoice) =>
    (value: string): void =>
      stayAt(withQuery("/users", { ...choice, [name]: value }));
  return (
    <div class="filters">
      <Choices
        label={texts.user.regions}
        choices={[undefined, ...regions].map((one) => ({
          label: one ?? texts.all,
          href: withQuery("/users", { ...others, region: one }),
          isCurrent: one === region,
        }))}
      />
      <details class="filters-more" open={isWide() || Object.keys(others).length > 0}>
        <summary>{texts.filters.title}</summary>
        <div class="filters-fields">
          {selects.map(({ name, ...select }) => (
            <Select key={name} {...select} value={choice[name]} onChange={change(name)} />
          ))}
          {words.map(({ name, ...word }) => (
            <Word key={name} {...word} value={choice[name]} onChange={change(name)} />
          ))}
          {Object.keys(others).length === 0 ? null : clearTo(withQuery("/users", { region }))}
        </div>
      </details>
    </div>
  );
};

type Person = Omit<User, "timestamp" | "email" | "phone">;

const UserItem = ({ user }: { readonly user: Person }) => {
  const { uid, name, region, gender, dept, grade, role, obtainedCredits } = user;
  return (
    <PersonItem uid={uid} name={name}>
      <p class="quiet">
        {region} · {texts.genders[gender] ?? gender} · {dept}
      </p>
      <p class="quiet">
        {grade} · {role} · {toCount(obtainedCredits)} {texts.user.creditsUnit}
      </p>
    </PersonItem>
  );
};

export const UsersPage = ({ choice }: { readonly choice: UsersChoice }) => {
  const { region, cursor } = choice;
  const toHref = (from?: string): string => withQuery("/users", { ...choice, cursor: from });
  const isNarrowed = Object.keys(choice).length > 0;
  return (
    <>
      <Heading>{region === undefined ? texts.user.title : texts.user.of(region)}</Heading>
      <Filters choice={choice} />
      {cursor === undefined ? null : (
        <p>
          <Link href={toHref()}>{texts.firstPage}</Link>
        </p>
      )}
      <List<Person>
        key={toHref(cursor)}
        toPath={(from) => toUsers({ ...choice, ...(from === undefined ? {} : { cursor: from }) })}
        toHref={toHref}
        cursor={cursor}
        skeleton={<PeopleSkeleton count={PAGE_SIZE} />}
        empty={<Empty>{isNarrowed ? texts.user.noneFit : texts.user.empty}</Empty>}
      >
        {(users) => (
          <ul class="people">
            {users.map((user) => (
              <UserItem key={user.uid} user={user} />
            ))}
          </ul>
        )}
      </List>
    </>
  );
};
