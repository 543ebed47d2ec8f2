/** A state as a word with a mark; the colour alone says nothing. */
import { texts } from "./texts.ts";

const moods: Readonly<Record<string, string>> = {
  serving: "good",
  quiet: "good",
  silenced: "still",
  pending: "busy",
  "backing up": "busy",
  succeeded: "good",
  running: "busy",
  waiting: "busy",
  planned: "busy",
  copying: "busy",
  starting: "busy",
  leaving: "busy",
  paused: "still",
  cancelled: "still",
  undone: "still",
  drained: "still",
};

export const StateBadge = ({ state }: { readonly state: string }) => (
  <span class={`badge badge-${moods[state] ?? "bad"}`}>{texts.states[state] ?? state}</span>
);
