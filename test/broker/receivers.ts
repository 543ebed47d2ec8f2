/** Where a broker under test delivers to: one HTTP server, a path for each receiver. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Delivered {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly at: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Undefined breaks the connection off without an answer. */
export type Answering = (
  delivered: Delivered,
  count: number,
) => Answer | undefined | Promise<Answer | undefined>;

export interface Receivers {
  readonly url: string;
  /** What came for this receiver, in order of arrival. */
  of(name: string): readonly Delivered[];
  /** Answers 202 unless told otherwise; count is 1 for the first delivery. */
  answer(name: string, answering: Answering): void;
  stop(): Promise<void>;
}

const accept: Answering = () => ({ status: 202 });

/** On the one address that the broker reaches. */
export const startReceivers = async (host = "127.0.0.1"): Promise<Receivers> => {
  const deliveries = new Map<string, Delivered[]>();
  const answerings = new Map<string, Answering>();
  const server = createServer(async (request, response) => {
    const name = request.url?.split("/")[1] ?? "";
    const headers = request.headers as Delivered["headers"];
    const body = (await buffer(request)).toString("utf8");
    const delivered = { headers, body, at: performance.now() };
    const list = deliveries.get(name) ?? [];
    deliveries.set(name, list);
    list.push(delivered);
    const answering = answerings.get(name) ?? accept;
    const answer = await answering(delivered, list.length);
    if (answer === undefined) response.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    of: (name) => deliveries.get(name) ?? [],
    answer: (name, answering) => {
      answerings.set(name, answering);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
