/** What happened to servers and shards: who did it, and why. */
import type { Happening, PageOf } from "./api-types.ts";
import { PAGE_SIZE } from "./choices.ts";
import { ConsoleFrame, Contact } from "./console-parts.tsx";
import { toMinute, withoutState } from "./format.ts";
import { usePolled } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { Empty, Pager, Skeleton } from "./parts.tsx";
import { operationPath, withQuery } from "./route.ts";
import { Scroll } from "./scroll.tsx";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

const POLL_MS = 5_000;

const HistoryTable = ({ items }: { readonly items: readonly Happening[] }) => (
  <Scroll label={texts.section.history}>
    <table class="dense">
      <thead>
        <tr>
          <th scope="col">{texts.history.when}</th>
          <th scope="col">{texts.history.what}</th>
          <th scope="col">{texts.admin.shard}</th>
          <th scope="col">{texts.field["tablet"]}</th>
          <th scope="col">{texts.operation.state}</th>
          <th scope="col">{texts.history.by}</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ at, says, shard, tablet, state, by, operation }) => (
          <tr key={operation}>
            <td class="nowrap">{toMinute(at)}</td>
            <td>
              <Link href={operationPath(operation)}>{withoutState(says, state)}</Link>
            </td>
            <td class="nowrap">{shard ?? texts.none}</td>
            <td class="nowrap">{tablet ?? texts.none}</td>
            <td>
              <StateBadge state={state} />
            </td>
            <td>{by}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

export const HistoryPage = ({ cursor }: { readonly cursor?: string }) => {
  const path = withQuery("/v1/history", { limit: PAGE_SIZE, cursor });
  const polled = usePolled<PageOf<Happening>>(path, POLL_MS);
  const { data, error } = polled;
  return (
    <ConsoleFrame current="history" contact={<Contact polled={polled} />}>
      {data === undefined && error === undefined ? <Skeleton lines={PAGE_SIZE} /> : null}
      {data?.items.length === 0 ? <Empty>{texts.history.empty}</Empty> : null}
      {data === undefined || data.items.length === 0 ? null : (
        <>
          <HistoryTable items={data.items} />
          <Pager path="/console/history" cursor={cursor} next={data.next} />
        </>
      )}
    </ConsoleFrame>
  );
};
