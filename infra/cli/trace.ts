/** `tagenal trace`: one request, or what was traced under an id, as the tree of its spans. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { toPorts } from "#infra/local/cluster/layout.ts";
import { readSettings, type Settings } from "#infra/local/cluster/settings.ts";
import { readTrace, type Span, toTree } from "#shared/jaeger.ts";
import { findPaths } from "./home.ts";
import { Remedy } from "./preflight.ts";
import { say } from "./say.ts";
import { toTable } from "./table.ts";

const readCluster = async (): Promise<Settings> => {
  const paths = findPaths();
  const settings = await readSettings(paths);
  if (settings === undefined) throw new Remedy(`There is no cluster in ${paths.home}: npm run up`);
  return settings;
};

/** Recorded whatever the share of requests that are. Answers the trace's id. */
const request = async (settings: Settings, path: string): Promise<string> => {
  const traceId = randomBytes(16).toString("hex");
  const traceparent = `00-${traceId}-${randomBytes(8).toString("hex")}-01`;
  const url = new URL(path, `http://127.0.0.1:${settings.entryPort}`);
  const response = await fetch(url, { headers: { traceparent } }).catch((cause: unknown) => {
    throw new Remedy(`Tagenal does not answer at ${url.origin}. Is it running? npm run up`, {
      cause,
    });
  });
  await response.arrayBuffer();
  say(`${response.status} ${path}`);
  return traceId;
};

const PAUSE_MS = 700;
const LONGEST_MS = 15_000;

/** Spans come in batches: until no more have come for a while. */
const untilWhole = async (port: number, traceId: string): Promise<Span[]> => {
  const deadline = Date.now() + LONGEST_MS;
  let before = -1;
  for (;;) {
    const spans = await readTrace(port, traceId).catch((cause: unknown) => {
      throw new Remedy("Jaeger does not answer: was the cluster started with --no-monitoring?", {
        cause,
      });
    });
    if ((spans.length > 0 && spans.length === before) || Date.now() > deadline) return spans;
    before = spans.length;
    await sleep(PAUSE_MS);
  }
};

const toLines = (spans: readonly Span[]): string[] => {
  const first = Math.min(...spans.map(({ start }) => start));
  const ms = (microseconds: number): string => (microseconds / 1_000).toFixed(1);
  const rows = toTree(spans).map(({ depth, span }) => [
    ms(span.start - first),
    ms(span.microseconds),
    `${"  ".repeat(depth)}${span.service}: ${span.name}`,
  ]);
  return toTable([["at ms", "took ms", "span"], ...rows]);
};

const trace = async (what: string): Promise<void> => {
  const settings = await readCluster();
  const traceId = what.startsWith("/") ? await request(settings, what) : what;
  if (!/^[0-9a-f]{32}$/.test(traceId))
    throw new Remedy(`${what} is neither a path such as /v1/users/1 nor a trace's id`);
  const spans = await untilWhole(toPorts(settings.basePort).jaeger.query, traceId);
  say(`trace ${traceId}, ${spans.length} spans`);
  if (spans.length === 0) throw new Remedy("It was not recorded, or has made room for newer ones");
  for (const line of toLines(spans)) say(line);
};

export const registerTrace = (program: Command): void => {
  program
    .command("trace")
    .argument("<path-or-id>", "such as /v1/users/1/reads, or the traceId of a log line")
    .description("ask for a path and show what happened, down to the tablets; or an earlier trace")
    .action(trace);
};
