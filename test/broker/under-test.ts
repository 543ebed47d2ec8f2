/** What the conformance suite asks of whatever starts a broker for it. */
import type { Receivers } from "./receivers.ts";

export interface DeliverySpec {
  readonly retry: number;
  readonly backoffPolicy: "exponential" | "linear";
  readonly backoffDelay: string;
  /** Name of a receiver. */
  readonly deadLetterSink?: string;
}

export interface TriggerSpec {
  /** Also the name of the receiver that subscribes. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly delivery?: DeliverySpec;
}

export interface BrokerSpec {
  readonly delivery: DeliverySpec;
  readonly triggers: readonly TriggerSpec[];
}

export interface BrokerUnderTest {
  /** Where events are posted. */
  readonly sink: string;
  readonly receivers: Receivers;
  /** Ends it without warning, with whatever it holds, and waits until it serves again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}
