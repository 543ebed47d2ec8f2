/**
 * Calls to vtctld, or to a tablet itself, by gRPC and with deadlines. What fails is a Problem
 * `unavailable` with its words.
 */
import { createSecureContext } from "node:tls";
import {
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { Problem } from "./problem.ts";
import type { VtctldAddress } from "./vtctld-address.ts";
import { descriptor } from "./vtctld-proto.ts";

export interface VtctldCalls {
  call<T>(name: string, request: object, timeoutMs?: number): Promise<T>;
  /** Reads a stream to its end; what comes on it is for people. */
  drain(name: string, request: object, timeoutMs: number): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 30_000;
const LONGEST_MESSAGE = 300;

type Call = (
  request: object,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: unknown) => void,
) => void;
type StreamCall = (request: object, options: { deadline: number }) => ClientReadableStream<unknown>;
type Calls = Client & Record<string, Call | undefined>;
type Service = new (
  address: string,
  credentials: ChannelCredentials,
  options: ChannelOptions,
) => Calls;

const services = {
  vtctld: ["vtctlservice", "Vtctld"],
  tablet: ["tabletmanagerservice", "TabletManager"],
} as const;

/** Tablets move from address to address, so that their certificates are for what they are. */
const TABLET_OPTIONS: ChannelOptions = { "grpc.ssl_target_name_override": "vttablet" };

const createClient = ({ target, isSecure }: VtctldAddress, kind: keyof typeof services): Calls => {
  // The loader's types know neither maps nor methods without a comment.
  const json = descriptor as unknown as Parameters<typeof fromJSON>[0];
  const definition = fromJSON(json, { defaults: true, longs: Number });
  const root = loadPackageDefinition(definition) as unknown as Readonly<
    Record<string, Readonly<Record<string, Service>>>
  >;
  const [packageName, name] = services[kind];
  const found = root[packageName]?.[name];
  if (found === undefined) throw new Error(`${packageName} is not described`);
  if (!isSecure) return new found(target, credentials.createInsecure(), {});
  // By the authorities that Node knows, like every other connection.
  const secure = credentials.createFromSecureContext(createSecureContext());
  return new found(target, secure, kind === "tablet" ? TABLET_OPTIONS : {});
};

const toUnavailable = (
  who: string,
  name: string,
  cause: Error & { readonly details?: string },
): Problem => {
  const because = (cause.details ?? cause.message).slice(0, LONGEST_MESSAGE);
  return new Problem("unavailable", `${who} did not do ${name}`, { cause, because });
};

export const createVtctldCalls = (
  address: VtctldAddress,
  kind: keyof typeof services = "vtctld",
): VtctldCalls => {
  let client: Calls | undefined;
  const connect = (): Calls => {
    client ??= createClient(address, kind);
    return client;
  };
  return {
    call: <T>(name: string, request: object, timeoutMs = TIMEOUT_MS) =>
      new Promise<T>((resolve, reject) => {
        connect()[name]?.(request, { deadline: Date.now() + timeoutMs }, (error, response) => {
          if (error === null) resolve(response as T);
          else reject(toUnavailable(kind, name, error));
        });
      }),
    drain: (name, request, timeoutMs) =>
      new Promise((resolve, reject) => {
        const calls = connect();
        const start = calls[name] as unknown as StreamCall;
        start
          .call(calls, request, { deadline: Date.now() + timeoutMs })
          .on("data", () => {})
          .on("error", (error: Error) => reject(toUnavailable(kind, name, error)))
          .on("end", resolve);
      }),
    close: () => client?.close(),
  };
};
