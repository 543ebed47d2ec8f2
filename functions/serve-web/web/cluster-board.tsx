/** The cluster drawn: a row a shard, a column a data center, a card a server. */
import type { ComponentChildren } from "preact";
import { ActionMenu } from "./action-menu.tsx";
import {
  type Action,
  actionsOfDataCenter,
  actionsOfShard,
  actionsOfTablet,
  type ShardRow,
} from "./actions.ts";
import type { Placement, Tablet } from "./api-types.ts";
import { type Held, type ShardFigures, toHeld, toShardFigures } from "./cluster-figures.ts";
import { toBytes, toCount, toPercent, toRate } from "./format.ts";
import { TabletCard } from "./tablet-card.tsx";
import { texts } from "./texts.ts";

interface BoardProps {
  readonly rows: readonly ShardRow[];
  readonly dataCenters: readonly string[];
  readonly placement: Placement | undefined;
  /** Without it nothing can be done, only seen. */
  readonly onAct: ((action: Action) => void) | undefined;
}

const nameOf = (dataCenter: string): string => texts.dataCenter[dataCenter] ?? dataCenter;

const Share = ({ label, share, text }: { label: string; share: number; text: string }) => (
  <div class="share">
    <span class="share-label">{label}</span>
    <svg class="share-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width={100} height={1} />
      <rect width={100 * share} height={1} />
    </svg>
    <span class="number">{text}</span>
  </div>
);

const ShardFiguresView = ({ figures }: { readonly figures: ShardFigures | undefined }) => {
  if (figures === undefined) return null;
  const { rows, bytes, queriesPerSecond, rowShare, queryShare, findings } = figures;
  return (
    <>
      <div class="shares">
        <Share
          label={texts.admin.rows}
          share={rowShare}
          text={`${toCount(rows)} · ${toPercent(rowShare)}`}
        />
        <Share
          label={texts.admin.queries}
          share={queryShare}
          text={`${toRate(queriesPerSecond)}/s · ${toPercent(queryShare)}`}
        />
      </div>
      <p class="quiet small-text">{texts.admin.holds(toBytes(bytes))}</p>
      {findings.map(({ kind, says }) => (
        <p key={says} class={`finding finding-${kind}`}>
          <strong>{texts.finding[kind]}</strong> {says}
        </p>
      ))}
    </>
  );
};

const HeldView = ({ held }: { readonly held: Held | undefined }) =>
  held === undefined ? null : (
    <p class="held quiet">
      {texts.admin.held(toCount(held.rows), toBytes(held.bytes), held.copies)}
    </p>
  );

interface RowProps extends BoardProps {
  readonly row: ShardRow;
}

const Cell = ({ children, label }: { children: ComponentChildren; label: string }) => (
  <td data-label={label}>{children}</td>
);

const Row = ({ row, dataCenters, placement, onAct }: RowProps) => (
  <tr>
    <th scope="row">
      <div class="head">
        <span class="shard-name">{row.shard}</span>
        <ActionMenu about={row.shard} actions={actionsOfShard(row)} onAct={onAct} />
      </div>
      <ShardFiguresView figures={toShardFigures(placement, row.shard)} />
    </th>
    {row.cells.map((tablets, index) => {
      const dataCenter = dataCenters[index] ?? "";
      return (
        <Cell key={dataCenter} label={nameOf(dataCenter)}>
          <HeldView held={toHeld(placement, row.shard, dataCenter)} />
          {tablets.length === 0 ? (
            <p class="quiet">{texts.admin.noneThere}</p>
          ) : (
            <ul class="tablets">
              {tablets.map((tablet: Tablet) => (
                <TabletCard
                  key={tablet.alias}
                  tablet={tablet}
                  actions={actionsOfTablet(tablet)}
                  onAct={onAct}
                />
              ))}
            </ul>
          )}
        </Cell>
      );
    })}
  </tr>
);

export const ClusterBoard = (props: BoardProps) => (
  <table class="board">
    <thead>
      <tr>
        <th scope="col">{texts.admin.shard}</th>
        {props.dataCenters.map((name) => (
          <th key={name} scope="col">
            <div class="head">
              <span>{nameOf(name)}</span>
              <ActionMenu
                about={nameOf(name)}
                actions={actionsOfDataCenter(name)}
                onAct={props.onAct}
              />
            </div>
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {props.rows.map((row) => (
        <Row key={row.shard} row={row} {...props} />
      ))}
    </tbody>
  </table>
);
