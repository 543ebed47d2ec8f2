/** What the supervisor counts, for Prometheus: the only one who sees each process die. */
import { createServer } from "node:http";
import type { UnitStatus } from "./supervisor.ts";

/** In Prometheus' text form. Pure. */
export const toMetrics = (units: readonly UnitStatus[]): string =>
  [
    "# HELP tagenal_unit_up 1 while the process answers as it should",
    "# TYPE tagenal_unit_up gauge",
    ...units.map(
      ({ name, state }) => `tagenal_unit_up{unit="${name}"} ${state === "running" ? 1 : 0}`,
    ),
    "# HELP tagenal_unit_restarts_total How often it ended without being asked",
    "# TYPE tagenal_unit_restarts_total counter",
    ...units.map(({ name, restarts }) => `tagenal_unit_restarts_total{unit="${name}"} ${restarts}`),
    "",
  ].join("\n");

export const serveMetrics = async (
  port: number,
  status: () => readonly UnitStatus[],
): Promise<void> => {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(toMetrics(status()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  server.unref();
};
