/** The cluster as it is now, and what can be done with it. */
import { useState } from "preact/hooks";
import { ActionDialog } from "./action-dialog.tsx";
import { type Action, listDataCenters, toShardRows } from "./actions.ts";
import type { Placement, Tablet } from "./api-types.ts";
import { dataCenters } from "./choices.ts";
import { ClusterBoard } from "./cluster-board.tsx";
import { toTotals } from "./cluster-figures.ts";
import { ConsoleFrame, LiveContact } from "./console-parts.tsx";
import { toBytes, toCount, toRate } from "./format.ts";
import { useLive } from "./live.ts";
import { Empty, Skeleton } from "./parts.tsx";
import { PlacementTable } from "./placement-table.tsx";
import { texts } from "./texts.ts";
import { useOperator } from "./token.ts";
import { Lately, UnderWay } from "./under-way.tsx";

interface TotalsProps {
  readonly tablets: readonly Tablet[];
  readonly placement: Placement | undefined;
}

const Totals = ({ tablets, placement }: TotalsProps) => {
  const totals = toTotals(tablets, placement);
  const isWhole = totals.serving === totals.servers && totals.led === totals.shards;
  const figures: readonly (readonly [string, string, boolean?])[] = [
    [texts.total.servers, `${totals.serving} / ${totals.servers}`, !isWhole],
    [texts.total.primaries, `${totals.led} / ${totals.shards}`, totals.led < totals.shards],
    [texts.total.queries, `${toRate(totals.queriesPerSecond)}/s`],
    [texts.total.lag, totals.lag === null ? texts.none : `${totals.lag} s`],
    [texts.total.rows, placement === undefined ? texts.none : toCount(totals.rows)],
    [texts.total.bytes, placement === undefined ? texts.none : toBytes(totals.bytes)],
  ];
  return (
    <dl class="totals">
      {figures.map(([label, value, isBad = false]) => (
        <div key={label} class={isBad ? "bad" : ""}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

export const ConsolePage = () => {
  const token = useOperator();
  const live = useLive();
  const [action, setAction] = useState<Action>();
  const { tablets, placement, operations = [] } = live;
  const places = listDataCenters(tablets ?? [], dataCenters);
  const rows = toShardRows(tablets ?? [], places);
  const general = (placement?.findings ?? []).filter(({ shard }) => shard === null);
  return (
    <ConsoleFrame current="servers" contact={<LiveContact live={live} />}>
      {tablets === undefined ? <Skeleton lines={9} /> : null}
      {tablets?.length === 0 ? <Empty>{texts.admin.noServers}</Empty> : null}
      {tablets === undefined || tablets.length === 0 ? null : (
        <>
          <Totals tablets={tablets} placement={placement} />
          {general.map(({ says }) => (
            <p key={says} class="finding finding-unknown">
              {says}
            </p>
          ))}
          <UnderWay operations={operations} />
          <ClusterBoard
            rows={rows}
            dataCenters={places}
            placement={placement}
            onAct={token === "" ? undefined : setAction}
          />
          <Lately operations={operations} />
          {placement === undefined ? null : <PlacementTable placement={placement} />}
        </>
      )}
      {action === undefined ? null : (
        <ActionDialog
          key={JSON.stringify(action)}
          action={action}
          shards={rows.map(({ shard }) => shard)}
          onClose={() => setAction(undefined)}
        />
      )}
    </ConsoleFrame>
  );
};
