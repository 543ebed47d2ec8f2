/** All that was asked for, the newest first, with what can still be done about it. */
import type { OperationItem, PageOf } from "./api-types.ts";
import { PAGE_SIZE } from "./choices.ts";
import { ConsoleFrame, Contact, POLL_MS } from "./console-parts.tsx";
import { toAbout, toMinute } from "./format.ts";
import { usePolled } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { OperationControls } from "./operation-controls.tsx";
import { hasEnded } from "./operation-state.ts";
import { Empty, Pager, Skeleton } from "./parts.tsx";
import { operationPath, withQuery } from "./route.ts";
import { Scroll } from "./scroll.tsx";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

const toNow = (item: OperationItem): string =>
  item.problem?.detail ?? (hasEnded(item) ? "" : String(item.progress["phase"] ?? ""));

const OperationTable = ({ operations }: { readonly operations: readonly OperationItem[] }) => (
  <Scroll label={texts.section.operations}>
    <table class="dense">
      <thead>
        <tr>
          <th>{texts.operation.asked}</th>
          <th>{texts.operation.kind}</th>
          <th>{texts.operation.about}</th>
          <th>{texts.operation.state}</th>
          <th>{texts.operation.now}</th>
          <th>
            <span class="unseen">{texts.operation.controls}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {operations.map((item) => (
          <tr key={item.id}>
            <td class="nowrap">{toMinute(item.createdAt)}</td>
            <td>
              <Link href={operationPath(item.id)}>{texts.action[item.kind] ?? item.kind}</Link>
            </td>
            <td>{toAbout(item.request)}</td>
            <td>
              <StateBadge state={item.state} />
            </td>
            <td>{toNow(item)}</td>
            <td class="nowrap">
              <OperationControls operation={item} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

export const OperationsPage = ({ cursor }: { readonly cursor?: string }) => {
  const path = withQuery("/v1/operations", { limit: PAGE_SIZE, cursor });
  const polled = usePolled<PageOf<OperationItem>>(path, POLL_MS);
  const { data, error } = polled;
  return (
    <ConsoleFrame current="operations" contact={<Contact polled={polled} />}>
      {data === undefined && error === undefined ? <Skeleton lines={PAGE_SIZE} /> : null}
      {data?.items.length === 0 ? <Empty>{texts.operation.empty}</Empty> : null}
      {data === undefined || data.items.length === 0 ? null : (
        <>
          <OperationTable operations={data.items} />
          <Pager path="/console/operations" cursor={cursor} next={data.next} />
        </>
      )}
    </ConsoleFrame>
  );
};
