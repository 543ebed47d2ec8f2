/** One of a list of people, by name, with whatever is told of them there. */
import type { ComponentChildren } from "preact";
import { Link } from "./navigation.tsx";
import { Face } from "./parts.tsx";
import { userPath } from "./route.ts";

interface PersonItemProps {
  readonly uid: number;
  readonly name: string;
  readonly children: ComponentChildren;
}

export const PersonItem = ({ uid, name, children }: PersonItemProps) => (
  <li class="person">
    <Face uid={uid} name={name} />
    <div class="person-words">
      <p class="person-name">
        <Link class="plain" href={userPath(uid)}>
          {name}
        </Link>
      </p>
      {children}
    </div>
  </li>
);
