/** A row a shard, a column a data center, a card a server. */
import { type Action, actionsOfShard, actionsOfTablet, type ShardRow } from "./actions.ts";
import type { Tablet } from "./api-types.ts";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

/** Without it nothing can be done, only seen. */
interface Acting {
  readonly onAct?: (action: Action) => void;
}

const Buttons = ({
  actions,
  about,
  onAct,
}: Acting & { readonly actions: readonly Action[]; readonly about: string }) =>
  onAct === undefined ? null : (
    <fieldset class="actions" aria-label={texts.admin.actionsOn(about)}>
      {actions.map((action) => (
        <button key={action.kind} type="button" class="small" onClick={() => onAct(action)}>
          {texts.action[action.kind]}
          <span class="unseen"> {about}</span>
        </button>
      ))}
    </fieldset>
  );

const TabletCard = ({ tablet, onAct }: Acting & { readonly tablet: Tablet }) => (
  <li class={tablet.role === "primary" ? "tablet tablet-primary" : "tablet"}>
    <div class="tablet-head">
      <strong>{tablet.tablet}</strong>
      <StateBadge state={tablet.state} />
    </div>
    <p class="quiet">
      {tablet.role}
      {tablet.lagSeconds === null ? null : ` · ${texts.admin.lag(tablet.lagSeconds)}`}
    </p>
    <Buttons
      actions={actionsOfTablet(tablet)}
      about={tablet.tablet}
      {...(onAct === undefined ? {} : { onAct })}
    />
  </li>
);

interface BoardProps extends Acting {
  readonly rows: readonly ShardRow[];
  readonly dataCenters: readonly string[];
}

const Row = ({
  row,
  dataCenters,
  ...acting
}: { readonly row: ShardRow } & Omit<BoardProps, "rows">) => (
  <tr>
    <th scope="row">
      {row.shard}
      <Buttons actions={actionsOfShard(row)} about={row.shard} {...acting} />
    </th>
    {row.cells.map((tablets, index) => (
      <td key={dataCenters[index]} data-label={texts.dataCenter[dataCenters[index] ?? ""]}>
        {tablets.length === 0 ? (
          <span class="quiet">{texts.admin.noneThere}</span>
        ) : (
          <ul class="tablets">
            {tablets.map((tablet) => (
              <TabletCard key={tablet.alias} tablet={tablet} {...acting} />
            ))}
          </ul>
        )}
      </td>
    ))}
  </tr>
);

export const TabletBoard = ({ rows, dataCenters, ...acting }: BoardProps) => (
  <table class="board">
    <thead>
      <tr>
        <th scope="col">{texts.admin.shard}</th>
        {dataCenters.map((name) => (
          <th key={name} scope="col">
            {texts.dataCenter[name] ?? name}
            <Buttons
              actions={[{ kind: "join-tablet", dataCenter: name }]}
              about={texts.dataCenter[name] ?? name}
              {...acting}
            />
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <Row key={row.shard} row={row} dataCenters={dataCenters} {...acting} />
      ))}
    </tbody>
  </table>
);
