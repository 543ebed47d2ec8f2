import { optional, readEnv, url } from "#shared/env.ts";
import { defineHttpFunction } from "#shared/http-function.ts";
import { createShowMonitoring } from "./show-monitoring.ts";

const env = readEnv({
  PROMETHEUS_URL: optional(url),
  ALERTMANAGER_URL: optional(url),
  JAEGER_URL: optional(url),
});
defineHttpFunction(
  "show-monitoring",
  createShowMonitoring({
    prometheus: env.PROMETHEUS_URL,
    alertmanager: env.ALERTMANAGER_URL,
    jaeger: env.JAEGER_URL,
  }),
);
