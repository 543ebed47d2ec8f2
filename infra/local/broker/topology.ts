/**
 * What knative/ says about events: Brokers, their Triggers, and PingSources. What this broker
 * would not do as Knative does is refused when the manifests are read, not ignored.
 */
import { z } from "zod";
import { type Manifest, parseAs } from "../manifests.ts";
import { parseDurationMs } from "./duration.ts";

export interface Delivery {
  /** How often a delivery is tried again. */
  readonly retry: number;
  readonly backoff: "exponential" | "linear";
  readonly backoffMs: number;
  /** Of one attempt; undefined leaves it to the function's own. */
  readonly timeoutMs: number | undefined;
  /** Name of the Service for what could not be delivered. */
  readonly deadLetterSink: string | undefined;
}

export interface Trigger {
  readonly name: string;
  /** Namespace and name of its Broker, as in the path that events are posted to. */
  readonly broker: string;
  /** Attributes that an event must have; the empty string takes any value. */
  readonly filter: Readonly<Record<string, string>>;
  /** Name of a Service. */
  readonly subscriber: string;
  readonly delivery: Delivery;
  /** As many as its subscriber takes at a time. */
  readonly concurrency: number;
}

export interface PingSource {
  readonly name: string;
  readonly namespace: string;
  readonly broker: string;
  readonly schedule: string;
  readonly timezone: string | undefined;
  readonly contentType: string | undefined;
  readonly data: string | undefined;
  readonly extensions: Readonly<Record<string, string>>;
}

export interface Topology {
  readonly brokers: ReadonlySet<string>;
  readonly triggers: readonly Trigger[];
  readonly pingSources: readonly PingSource[];
}

const LOCAL_SCHEDULE_ANNOTATION = "tagenal.dev/local-schedule";
/** For a subscriber that sets no limit of its own. */
const DEFAULT_CONCURRENCY = 32;

const serviceRef = z.strictObject({
  ref: z.object({
    apiVersion: z.literal("serving.knative.dev/v1"),
    kind: z.literal("Service"),
    name: z.string(),
  }),
});
const duration = z.string().transform((text, context) => {
  try {
    return parseDurationMs(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});
const delivery = z.strictObject({
  retry: z.int().min(0).default(0),
  backoffPolicy: z.enum(["exponential", "linear"]).default("exponential"),
  backoffDelay: duration.default(0),
  timeout: duration.optional(),
  deadLetterSink: serviceRef.optional(),
});
const broker = z.object({ delivery: delivery.optional() }).default({});
const trigger = z.strictObject({
  broker: z.string(),
  filter: z.strictObject({ attributes: z.record(z.string(), z.string()) }).optional(),
  subscriber: serviceRef,
  delivery: delivery.optional(),
});
const pingSource = z.strictObject({
  schedule: z.string(),
  timezone: z.string().optional(),
  contentType: z.string().optional(),
  data: z.string().optional(),
  sink: z.strictObject({
    ref: z.object({
      apiVersion: z.literal("eventing.knative.dev/v1"),
      kind: z.literal("Broker"),
      name: z.string(),
    }),
  }),
  ceOverrides: z.strictObject({ extensions: z.record(z.string(), z.string()) }).optional(),
});
const service = z.object({
  template: z.object({ spec: z.object({ containerConcurrency: z.int().min(0).default(0) }) }),
});

type DeliverySpec = z.infer<typeof delivery>;

/** A Trigger's delivery replaces its Broker's, except that a dead letter sink is inherited. */
const toDelivery = (
  own: DeliverySpec | undefined,
  inherited: DeliverySpec | undefined,
): Delivery => {
  const spec = own ?? inherited;
  return {
    retry: spec?.retry ?? 0,
    backoff: spec?.backoffPolicy ?? "exponential",
    backoffMs: spec?.backoffDelay ?? 0,
    timeoutMs: spec?.timeout,
    deadLetterSink: own?.deadLetterSink?.ref.name ?? inherited?.deadLetterSink?.ref.name,
  };
};

const whereOf = ({ file, kind, metadata }: Manifest): string => `${file}: ${kind} ${metadata.name}`;

const select = <S extends z.ZodType>(
  manifests: readonly Manifest[],
  kind: string,
  schema: S,
): { readonly manifest: Manifest; readonly spec: z.infer<S> }[] =>
  manifests
    .filter((manifest) => `${manifest.apiVersion}/${manifest.kind}` === kind)
    .map((manifest) => ({ manifest, spec: parseAs(schema, manifest.spec, whereOf(manifest)) }));

const toPingSource = ({ metadata }: Manifest, spec: z.infer<typeof pingSource>): PingSource => ({
  name: metadata.name,
  namespace: metadata.namespace,
  broker: `${metadata.namespace}/${spec.sink.ref.name}`,
  schedule: metadata.annotations[LOCAL_SCHEDULE_ANNOTATION] ?? spec.schedule,
  timezone: spec.timezone,
  contentType: spec.contentType,
  data: spec.data,
  extensions: spec.ceOverrides?.extensions ?? {},
});

export const toTopology = (manifests: readonly Manifest[]): Topology => {
  const brokers = new Map(
    select(manifests, "eventing.knative.dev/v1/Broker", broker).map(({ manifest, spec }) => [
      `${manifest.metadata.namespace}/${manifest.metadata.name}`,
      spec.delivery,
    ]),
  );
  const concurrency = new Map(
    select(manifests, "serving.knative.dev/v1/Service", service).map(({ manifest, spec }) => [
      manifest.metadata.name,
      spec.template.spec.containerConcurrency,
    ]),
  );
  const triggers = select(manifests, "eventing.knative.dev/v1/Trigger", trigger).map(
    ({ manifest, spec }): Trigger => {
      const name = `${manifest.metadata.namespace}/${spec.broker}`;
      if (!brokers.has(name)) throw new Error(`${whereOf(manifest)}: there is no Broker ${name}`);
      const subscriber = spec.subscriber.ref.name;
      return {
        name: manifest.metadata.name,
        broker: name,
        filter: spec.filter?.attributes ?? {},
        subscriber,
        delivery: toDelivery(spec.delivery, brokers.get(name)),
        concurrency: concurrency.get(subscriber) || DEFAULT_CONCURRENCY,
      };
    },
  );
  return {
    brokers: new Set(brokers.keys()),
    triggers,
    pingSources: select(manifests, "sources.knative.dev/v1/PingSource", pingSource).map(
      ({ manifest, spec }) => toPingSource(manifest, spec),
    ),
  };
};
