/** Asks those who watch the cluster: Prometheus, Alertmanager, Jaeger. Whoever is not there is off. */
import { z } from "zod";
import { Problem } from "#shared/problem.ts";

const TIMEOUT_MS = 8_000;

/** Throws `unavailable` where it does not answer, or not as it should. */
export const askJson = async <S extends z.ZodType>(
  name: string,
  address: URL,
  schema: S,
): Promise<z.infer<S>> => {
  const unavailable = (why: string, cause?: unknown): Problem =>
    new Problem("unavailable", `${name} ${why}`, { cause });
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await response.json();
  } catch (cause) {
    throw unavailable("does not answer", cause);
  }
  if (!response.ok) throw unavailable(`answers ${response.status}`);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw unavailable("answers something else", parsed.error);
};

const labels = z.record(z.string(), z.string());

export const matrix = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: labels, values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});

export const pendingAlerts = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        state: z.enum(["pending", "firing", "inactive"]),
        activeAt: z.string(),
        labels,
        annotations: labels,
      }),
    ),
  }),
});

export const firingAlerts = z.array(
  z.object({
    labels,
    annotations: labels,
    startsAt: z.string(),
    status: z.object({ state: z.string() }),
  }),
);
