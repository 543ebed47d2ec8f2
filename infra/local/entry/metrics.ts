/**
 * One address for the metrics of the entry and of all functions that run: Prometheus finds no
 * sockets, and asking must start nobody.
 */
import { defineGauge } from "#shared/metrics.ts";
import { readMetrics } from "#shared/telemetry.ts";
import type { Runner } from "./runner.ts";

const running = defineGauge("tagenal_function_running", "1 where a process answers for it.");
const inFlight = defineGauge(
  "tagenal_entry_requests_in_flight",
  "Requests and events that are not answered yet, waiting ones included.",
);

interface Family {
  /** HELP and TYPE. */
  readonly head: string[];
  readonly samples: string[];
}

/** Samples of a metric have to follow each other, below one HELP and one TYPE: pure. */
export const mergeMetrics = (texts: readonly string[]): string => {
  const families = new Map<string, Family>();
  for (const whole of texts) {
    let family: Family | undefined;
    let isNew = false;
    for (const line of whole.split("\n").filter((line) => line !== "")) {
      const [, word, name = ""] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (word === "HELP") {
        const known = families.get(name);
        isNew = known === undefined;
        family = known ?? { head: [], samples: [] };
        families.set(name, family);
      }
      if (word === undefined) family?.samples.push(line);
      else if (isNew) family?.head.push(line);
    }
  }
  const lines = [...families.values()].flatMap(({ head, samples }) => [...head, ...samples]);
  return lines.map((line) => `${line}\n`).join("");
};

export const readAllMetrics = async (runners: readonly Runner[]): Promise<string> => {
  const statuses = runners.map((runner) => runner.describe());
  const labelled = (toValue: (status: (typeof statuses)[number]) => number) =>
    statuses.map((status) => ({ labels: { function: status.name }, value: toValue(status) }));
  running(labelled(({ state }) => (state === "ready" ? 1 : 0)));
  inFlight(labelled((status) => status.inFlight));
  const functions = await Promise.all(runners.map((runner) => runner.readMetrics()));
  return mergeMetrics([await readMetrics(), ...functions]);
};
