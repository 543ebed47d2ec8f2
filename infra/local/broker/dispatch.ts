/**
 * From an accepted event to its subscribers: filter, delivery, dead letter, reply. All in memory:
 * what is under way when the broker ends is gone, and whoever emitted it emits it again.
 */
import type { Dispatcher } from "undici";
import type { Attributes, ParsedEvent } from "#shared/cloud-event.ts";
import type { Log } from "#shared/log.ts";
import { Problem } from "#shared/problem.ts";
import { type Failure, type Outcome, toDeadLetter } from "./delivery.ts";
import { createLane, type Lane, type LaneStats } from "./lane.ts";
import type { Delivery, Topology, Trigger } from "./topology.ts";

export interface DispatchSettings {
  readonly topology: Topology;
  readonly dispatcher: Dispatcher;
  /** Every Service is reached below it, under /<name>/. */
  readonly activatorUrl: string;
  /** Events under way to one Trigger's subscriber before publishers are refused. */
  readonly capacity: number;
  readonly log: Log;
}

export interface Dispatch {
  /** Returns when the event is queued; throws `too-many-requests` when a Trigger's queue is full. */
  accept(broker: string, event: ParsedEvent): void;
  stats(): Readonly<Record<string, LaneStats>>;
}

interface Path {
  readonly trigger: Trigger;
  readonly lane: Lane;
  readonly deadLetters: Lane | undefined;
}

/** Replies to replies end somewhere, as with Knative's knativebrokerttl. */
const MOST_REPLIES = 255;
const DEAD_LETTER_CONCURRENCY = 8;

export const isWanted = ({ filter }: Trigger, attributes: Attributes): boolean =>
  Object.entries(filter).every(([name, value]) => {
    const given = attributes[name];
    return given !== undefined && (value === "" || given === value);
  });

export const createDispatch = (settings: DispatchSettings): Dispatch => {
  const { topology, dispatcher, activatorUrl, capacity, log } = settings;
  const lanes = new Map<string, Lane>();

  const addLane = (name: string, service: string, delivery: Delivery, concurrency: number) => {
    const url = new URL(`${activatorUrl}/${service}/`).href;
    const lane = createLane({ name, dispatcher, url, delivery, concurrency, capacity });
    lanes.set(name, lane);
    return lane;
  };
  const paths = topology.triggers.map((trigger): Path => {
    const { name, subscriber, delivery, concurrency } = trigger;
    const sink = delivery.deadLetterSink;
    return {
      trigger,
      lane: addLane(name, subscriber, delivery, concurrency),
      deadLetters:
        sink === undefined
          ? undefined
          : addLane(`${name} (dead letters)`, sink, delivery, DEAD_LETTER_CONCURRENCY),
    };
  });

  const giveUp = async (
    { trigger, lane, deadLetters }: Path,
    event: ParsedEvent,
    failure: Failure,
  ): Promise<void> => {
    const { id, source, type } = event.attributes;
    const about = { trigger: trigger.name, event: { id, source, type }, status: failure.status };
    if (deadLetters === undefined) {
      log.error(about, "event dropped: it could not be delivered and there is no dead letter sink");
      return;
    }
    log.warn(about, "event could not be delivered; it goes to the dead letter sink");
    const letter = toDeadLetter(event, lane.url, failure);
    const lost = await deadLetters.send(letter, (outcome) => outcome);
    if (lost !== undefined)
      log.error(
        { ...about, sinkStatus: lost.status },
        "event dropped: no dead letter sink took it",
      );
  };

  const deliver = async (path: Path, event: ParsedEvent, replies: number): Promise<void> => {
    const settle = (outcome: Outcome): Outcome => {
      if ("failure" in outcome || outcome.reply === undefined) return outcome;
      try {
        publish(path.trigger.broker, outcome.reply, replies + 1);
        return outcome;
      } catch (error) {
        // The reply found no room: the event itself is delivered again.
        return { failure: { status: 503, body: Buffer.from(String(error)), isFinal: false } };
      }
    };
    const failure = await path.lane.send(event, settle);
    if (failure !== undefined) await giveUp(path, event, failure);
  };

  const publish = (broker: string, event: ParsedEvent, replies: number): void => {
    if (replies > MOST_REPLIES) {
      log.error({ event: event.attributes }, "event dropped: replies to replies without end");
      return;
    }
    const wanted = paths.filter(
      ({ trigger }) => trigger.broker === broker && isWanted(trigger, event.attributes),
    );
    const full = wanted.find(({ lane }) => lane.isFull());
    if (full !== undefined)
      throw new Problem("too-many-requests", `the queue of ${full.trigger.name} is full`, {
        headers: { "retry-after": "1" },
      });
    for (const path of wanted) {
      deliver(path, event, replies).catch((err: unknown) => log.error({ err }, "delivery broke"));
    }
  };

  return {
    accept: (broker, { attributes, data }) => {
      const knativearrivaltime = new Date().toISOString();
      publish(broker, { attributes: { ...attributes, knativearrivaltime }, data }, 0);
    },
    stats: () => Object.fromEntries([...lanes].map(([name, lane]) => [name, lane.stats()])),
  };
};
