/**
 * What changes, as server-sent events: each topic is read again and again by one poller, however
 * many listen, and what differs from the last time is sent to all of them.
 *
 * 1. Every event is a whole state: whoever comes late, or again, needs nothing of what was before.
 * 2. A beat says that somebody is still here, also while nothing changes. A topic that cannot be
 *    read sends its trouble once, and its state again once it can.
 * 3. Bounded: a stream ends by itself before the platform would cut it off, and its listener comes
 *    again; one that does not read is dropped; past MOST_LISTENERS nobody is let in; and nothing is
 *    read while nobody listens.
 */
import { Readable } from "node:stream";
import type { Route } from "#shared/http-function.ts";
import { Problem } from "#shared/problem.ts";
import { readParams } from "#shared/query-params.ts";

export interface Topic {
  readonly name: string;
  /** Between the end of a reading and the next. */
  readonly everyMs: number;
  readonly read: () => Promise<unknown>;
}

export interface LiveSettings {
  readonly beatMs?: number;
  readonly longestMs?: number;
  readonly mostListeners?: number;
}

export const MOST_LISTENERS = 100;
const BEAT_MS = 2_000;
/** Less than the function's time limit in its manifest. */
const LONGEST_MS = 240_000;
/** For a listener before it asks again. */
const RETRY_MS = 1_000;
/** A reading that takes longer is told as trouble; it is waited for all the same. */
const SLOW_MS = 4_000;
/** What a listener may leave unread. */
const MOST_UNREAD = 4 * 1024 * 1024;

const toEvent = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;

const toWords = (error: unknown): string =>
  error instanceof Error ? error.message : "it does not answer";

interface Listener {
  readonly stream: Readable;
  readonly end: NodeJS.Timeout;
}

export const createLive = (topics: readonly Topic[], settings: LiveSettings = {}) => {
  const { beatMs = BEAT_MS, longestMs = LONGEST_MS } = settings;
  const { mostListeners = MOST_LISTENERS } = settings;
  const listeners = new Set<Listener>();
  /** By topic: what was sent last, its event and all. */
  const states = new Map<string, string>();
  const timers = new Map<string, NodeJS.Timeout>();

  const sendTo = ({ stream }: Listener, text: string): void => {
    if (stream.readableLength > MOST_UNREAD) stream.destroy();
    else stream.push(text);
  };
  const sendAll = (text: string): void => {
    for (const listener of listeners) sendTo(listener, text);
  };
  const note = (topic: string, event: string): void => {
    if (states.get(topic) === event) return;
    states.set(topic, event);
    sendAll(event);
  };

  const again = (name: string, ms: number, work: () => void): void => {
    if (listeners.size > 0) timers.set(name, setTimeout(work, ms));
    else timers.delete(name);
  };
  const look = (topic: Topic): void => {
    const { name, everyMs, read } = topic;
    const tell = (says: string): void =>
      note(name, toEvent("trouble", JSON.stringify({ topic: name, says })));
    const slow = setTimeout(tell, SLOW_MS, `no answer for ${SLOW_MS / 1_000} s`);
    read()
      .then(
        (state) => note(name, toEvent(name, JSON.stringify(state))),
        (error: unknown) => tell(toWords(error)),
      )
      .finally(() => {
        clearTimeout(slow);
        again(name, everyMs, () => look(topic));
      })
      .catch(() => {});
  };
  const beat = (): void => {
    sendAll(toEvent("beat", String(Date.now())));
    again("beat", beatMs, beat);
  };

  /** What still runs from before goes on; what was known may be old by now. */
  const begin = (): void => {
    for (const topic of topics)
      if (!timers.has(topic.name)) {
        // In its place until its first reading has ended.
        timers.set(
          topic.name,
          setTimeout(() => look(topic)),
        );
      }
    if (!timers.has("beat")) again("beat", beatMs, beat);
  };
  const leave = (listener: Listener): void => {
    clearTimeout(listener.end);
    listeners.delete(listener);
    if (listeners.size === 0) states.clear();
  };

  const join = (): Readable => {
    if (listeners.size >= mostListeners)
      throw new Problem("unavailable", `${mostListeners} listen already`, {
        headers: { "retry-after": "5" },
      });
    const stream = new Readable({ read: () => {} });
    const end = setTimeout(() => stream.push(null), longestMs);
    const listener = { stream, end };
    stream.once("close", () => leave(listener));
    listeners.add(listener);
    sendTo(listener, `retry: ${RETRY_MS}\n${toEvent("beat", String(Date.now()))}`);
    for (const event of states.values()) sendTo(listener, event);
    begin();
    return stream;
  };

  const route: Route = {
    method: "GET",
    path: "/v1/events",
    handle: async ({ query }) => {
      readParams(query, []);
      return {
        status: 200,
        body: join(),
        headers: {
          "content-type": "text/event-stream",
          "cache-control": "no-store",
          // A proxy that gathers answers would hold these back.
          "x-accel-buffering": "no",
        },
      };
    },
  };
  return { route, count: () => listeners.size, isAtRest: () => timers.size === 0 };
};
