/**
 * The cluster as it changes: one stream of events for all that show it, open while somebody does.
 * Says when nothing was heard for a while, and comes again by itself.
 */
import { useEffect, useState } from "preact/hooks";
import type { OperationItem, PageOf, Placement, Tablet } from "./api-types.ts";

export interface Live {
  readonly tablets: readonly Tablet[] | undefined;
  readonly placement: Placement | undefined;
  /** The newest, and all that have not ended. */
  readonly operations: readonly OperationItem[] | undefined;
  /** When something was heard last, in milliseconds since 1970. */
  readonly at: number | undefined;
  readonly isLost: boolean;
  /** By topic: why it cannot be told. */
  readonly troubles: Readonly<Record<string, string>>;
}

const nothing: Live = {
  tablets: undefined,
  placement: undefined,
  operations: undefined,
  at: undefined,
  isLost: false,
  troubles: {},
};

/** A beat comes every two seconds. */
export const LOST_MS = 4_500;
const WATCH_MS = 500;
const AGAIN_MS = 1_000;
/** A page that is left for another one of the console keeps the stream. */
const LINGER_MS = 2_000;

let live = nothing;
let source: EventSource | undefined;
let openedAt = 0;
let watch: ReturnType<typeof setInterval> | undefined;
let closing: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

const set = (change: Partial<Live>): void => {
  live = { ...live, ...change };
  for (const listener of listeners) listener();
};

const without = (topic: string): Live["troubles"] => {
  const { [topic]: _, ...others } = live.troubles;
  return others;
};

const hear = (topic: string, change: Partial<Live>): void =>
  set({ ...change, at: Date.now(), isLost: false, troubles: without(topic) });

const open = (): void => {
  source?.close();
  openedAt = Date.now();
  const opened = new EventSource("/v1/events");
  source = opened;
  const on = (name: string, work: (data: string) => void): void =>
    opened.addEventListener(name, ({ data }: MessageEvent<string>) => work(data));
  on("beat", () => set({ at: Date.now(), isLost: false }));
  on("tablets", (data) => {
    const { items } = JSON.parse(data) as PageOf<Tablet>;
    hear("tablets", { tablets: items });
  });
  on("placement", (data) => hear("placement", { placement: JSON.parse(data) as Placement }));
  on("operations", (data) => {
    const { items } = JSON.parse(data) as PageOf<OperationItem>;
    hear("operations", { operations: items });
  });
  on("trouble", (data) => {
    const { topic, says } = JSON.parse(data) as { topic: string; says: string };
    set({ at: Date.now(), isLost: false, troubles: { ...live.troubles, [topic]: says } });
  });
};

const look = (): void => {
  const now = Date.now();
  const isSilent = now - Math.max(live.at ?? 0, openedAt) > LOST_MS;
  if (isSilent && !live.isLost) set({ isLost: true });
  // A refused stream is closed for good, and a line may be dead without anybody saying so.
  const isClosed = source?.readyState === EventSource.CLOSED;
  if ((isClosed && now - openedAt > AGAIN_MS) || (isSilent && now - openedAt > LOST_MS)) open();
};

const close = (): void => {
  source?.close();
  source = undefined;
  clearInterval(watch);
  watch = undefined;
  // What is known now would be old when it is shown again.
  live = nothing;
};

const join = (listener: () => void): (() => void) => {
  clearTimeout(closing);
  listeners.add(listener);
  if (source === undefined) {
    open();
    watch = setInterval(look, WATCH_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) closing = setTimeout(close, LINGER_MS);
  };
};

export const useLive = (): Live => {
  const [shown, setShown] = useState(live);
  useEffect(() => {
    setShown(live);
    return join(() => setShown(live));
  }, []);
  return shown;
};
