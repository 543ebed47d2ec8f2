/** Where Alertmanager posts in a test, and what it has posted so far. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface PostedAlert {
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface AlertHook {
  readonly url: string;
  /** Those that fit, as they were last posted. */
  find(name: string, labels?: Readonly<Record<string, string>>): PostedAlert[];
  close(): void;
}

export const openAlertHook = async (): Promise<AlertHook> => {
  const last = new Map<string, PostedAlert>();
  const server = createServer((request, response) => {
    json(request).then(
      (body) => {
        for (const alert of (body as { alerts: PostedAlert[] }).alerts)
          last.set(alert.fingerprint, alert);
        response.end();
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    find: (name, labels = {}) =>
      [...last.values()].filter(
        (alert) =>
          alert.labels["alertname"] === name &&
          Object.entries(labels).every(([label, value]) => alert.labels[label] === value),
      ),
    close: () => server.close(),
  };
};
