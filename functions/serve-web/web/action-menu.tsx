/** What can be done with a server, a shard or a data center. */
import type { Action } from "./actions.ts";
import { Menu } from "./menu.tsx";
import { texts } from "./texts.ts";

interface ActionMenuProps {
  readonly about: string;
  readonly actions: readonly Action[];
  readonly onAct: ((action: Action) => void) | undefined;
}

/** A promotion of a shard without a server's name leaves the choice to the API. */
export const toLabel = ({ kind, shard, tablet }: Action): string => {
  if (kind === "promote-standby" && tablet === undefined) return texts.admin.promoteBest;
  if (kind === "migrate" && shard === undefined) return texts.admin.migrateHere;
  return texts.action[kind] ?? kind;
};

export const ActionMenu = ({ about, actions, onAct }: ActionMenuProps) =>
  onAct === undefined ? null : (
    <Menu
      label={texts.admin.actionsOn(about)}
      items={actions.map((action) => ({
        key: action.kind,
        label: toLabel(action),
        onChoose: () => onAct(action),
      }))}
    />
  );
