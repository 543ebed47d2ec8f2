/** The units that look on; none where the cluster was started without them. */
import type { Context } from "./context.ts";
import { answers } from "./probes.ts";
import type { Unit } from "./supervisor.ts";

const anyPort = "127.0.0.1:0";
/** Some hundred requests each; older ones make room. */
const MOST_TRACES = 1_000;

/** Keeps traces in memory. What of it is not used gets a port that nobody knows. */
const jaegerUnit = ({ jaeger }: { readonly jaeger: string }, { ports }: Context): Unit => {
  const at = (port: number): string => `127.0.0.1:${port}`;
  return {
    name: "jaeger",
    command: jaeger,
    args: [
      ...["--memory.max-traces", String(MOST_TRACES), "--log-level", "warn"],
      ...["--collector.otlp.grpc.host-port", at(ports.jaeger.otlpGrpc)],
      ...["--collector.otlp.http.host-port", at(ports.jaeger.otlpHttp)],
      ...["--query.http-server.host-port", at(ports.jaeger.query)],
      ...["--admin.http.host-port", at(ports.jaeger.admin)],
      ...["--query.grpc-server.host-port", anyPort],
      ...["--collector.grpc-server.host-port", anyPort],
      ...["--collector.http-server.host-port", anyPort],
    ],
    env: {
      SPAN_STORAGE_TYPE: "memory",
      GOMEMLIMIT: "128MiB",
      // Of itself it tells nothing, and would look for somebody to tell it.
      OTEL_TRACES_SAMPLER: "always_off",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${at(ports.jaeger.otlpGrpc)}`,
    },
    isReady: () => answers(ports.jaeger.admin, "/"),
    hungAfter: 60_000,
  };
};

export const monitoringUnits = (context: Context): readonly Unit[] => {
  const { monitoring } = context.parts;
  return monitoring === undefined ? [] : [jaegerUnit(monitoring, context)];
};
