/** The servers by shard and data center, as they are now, and what can be done with them. */
import { useState } from "preact/hooks";
import { ActionDialog } from "./action-dialog.tsx";
import { type Action, listDataCenters, toShardRows } from "./actions.ts";
import type { PageOf, Tablet } from "./api-types.ts";
import { dataCenters } from "./choices.ts";
import { Contact, POLL_MS, Sections, TokenGate } from "./console-parts.tsx";
import { usePolled } from "./loaded.ts";
import { Empty, Heading, Skeleton } from "./parts.tsx";
import { TabletBoard } from "./tablet-board.tsx";
import { texts } from "./texts.ts";
import { useToken } from "./token.ts";

export const ConsolePage = () => {
  const token = useToken();
  const polled = usePolled<PageOf<Tablet>>("/v1/tablets", POLL_MS);
  const [action, setAction] = useState<Action>();
  const tablets = polled.data?.items;
  const rows =
    tablets === undefined ? [] : toShardRows(tablets, listDataCenters(tablets, dataCenters));
  return (
    <>
      <Heading>{texts.admin.title}</Heading>
      <div class="bar">
        <Sections current="servers" />
        <Contact polled={polled} />
      </div>
      <TokenGate />
      {tablets === undefined && polled.error === undefined ? <Skeleton lines={9} /> : null}
      {tablets?.length === 0 ? <Empty>{texts.admin.noServers}</Empty> : null}
      {tablets === undefined || tablets.length === 0 ? null : (
        <TabletBoard
          rows={rows}
          dataCenters={listDataCenters(tablets, dataCenters)}
          {...(token === "" ? {} : { onAct: setAction })}
        />
      )}
      {action === undefined ? null : (
        <ActionDialog
          action={action}
          shards={rows.map(({ shard }) => shard)}
          onClose={() => setAction(undefined)}
        />
      )}
    </>
  );
};
