/** Keeps since when each server is in the state that it is in. */
import type { ClusterView } from "#shared/cluster-view.ts";
import type { Sql } from "#shared/sql.ts";
import { listKnown, toState } from "#shared/tablet-state.ts";

interface Kept {
  readonly tablet: string;
  readonly state: string;
}

/** Longest state that is kept: a server's trouble may be told at length. */
const LONGEST = 100;

export interface StateChanges {
  readonly entered: readonly Kept[];
  readonly gone: readonly string[];
}

/** What is to be written. Pure. */
export const findChanges = (view: ClusterView, kept: readonly Kept[]): StateChanges => {
  const before = new Map(kept.map(({ tablet, state }) => [tablet, state]));
  const now = listKnown(view).map((known) => ({
    tablet: known.name,
    state: toState(known).slice(0, LONGEST),
  }));
  return {
    entered: now.filter(({ tablet, state }) => before.get(tablet) !== state),
    gone: [...before.keys()].filter((name) => !now.some(({ tablet }) => tablet === name)),
  };
};

export const createNoteStates =
  ({ db, now }: { readonly db: Sql; readonly now: () => number }) =>
  async (view: ClusterView): Promise<void> => {
    const kept = await db.query<Kept>("select tablet, state from tablet_state");
    const { entered, gone } = findChanges(view, kept);
    for (const { tablet, state } of entered)
      await db.write(
        "insert into tablet_state (tablet, state, since) values (?, ?, ?) " +
          "on duplicate key update state = values(state), since = values(since)",
        [tablet, state, now()],
        { harmless: true },
      );
    if (gone.length > 0)
      await db.write("delete from tablet_state where tablet in (?)", [gone], { harmless: true });
  };
