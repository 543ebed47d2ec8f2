/** The operations that have not ended, and what happened last. */
import { useRef } from "preact/hooks";
import { getJson } from "./api.ts";
import type { Happening, OperationItem, PageOf } from "./api-types.ts";
import { toAbout, toMinute, withoutState } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { OperationControls } from "./operation-controls.tsx";
import { hasEnded } from "./operation-state.ts";
import { operationPath } from "./route.ts";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

const nowOf = ({ progress }: OperationItem): string =>
  String(progress["next"] ?? progress["phase"] ?? "");

export const UnderWay = ({ operations }: { readonly operations: readonly OperationItem[] }) => {
  const shown = operations.filter((one) => !hasEnded(one));
  if (shown.length === 0) return null;
  return (
    <section class="under-way" aria-label={texts.admin.underWay}>
      <h2>{texts.admin.underWay}</h2>
      <ul class="lines">
        {shown.map((operation) => (
          <li key={operation.id}>
            <Link href={operationPath(operation.id)}>
              {texts.action[operation.kind] ?? operation.kind}
            </Link>
            <span>{toAbout(operation.request)}</span>
            <StateBadge state={operation.state} />
            <span class="quiet grow">{nowOf(operation)}</span>
            <span class="tools">
              <OperationControls operation={operation} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
};

const MOST = 6;

/** Asked for again whenever an operation begins or ends. */
export const Lately = ({ operations }: { readonly operations: readonly OperationItem[] }) => {
  const [newest] = operations;
  const ended = operations.filter(hasEnded).length;
  // A fragment is not sent: it only makes another question of it.
  const path = `/v1/history?limit=${MOST}#${newest?.id ?? ""}.${ended}`;
  const loaded = useLoaded<PageOf<Happening>>(path, getJson, false);
  const last = useRef<readonly Happening[]>([]);
  if (loaded.state === "done") last.current = loaded.data.items;
  if (last.current.length === 0) return null;
  return (
    <section>
      <h2>{texts.admin.lately}</h2>
      <ul class="lines">
        {last.current.map(({ at, says, by, operation, state }) => (
          <li key={operation}>
            <time class="quiet nowrap" dateTime={at}>
              {toMinute(at)}
            </time>
            <Link href={operationPath(operation)}>{withoutState(says, state)}</Link>
            <StateBadge state={state} />
            <span class="quiet">{by}</span>
          </li>
        ))}
      </ul>
    </section>
  );
};
