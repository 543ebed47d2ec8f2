/** Asks for an operation on the cluster, shows what it goes through, and follows it to its end. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, patiently } from "./api.ts";
import { Remedy } from "./preflight.ts";
import { createProgressLine } from "./progress-line.ts";
import { duration, say } from "./say.ts";

interface OperationView {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly next?: string;
  readonly progress: { readonly phase?: string; readonly next?: string };
  readonly result:
    | (Readonly<Record<string, unknown>> & {
        readonly phases?: readonly { readonly name: string; readonly seconds: number }[];
      })
    | null;
  readonly problem: { readonly detail?: string } | null;
}

interface Plan {
  readonly canRun: boolean;
  readonly reasons: readonly string[];
  readonly plan: Readonly<Record<string, unknown>> & { readonly steps: readonly string[] };
}

const POLL_MS = 300;
const ended = new Set(["succeeded", "failed", "cancelled", "undone"]);

const follow = async (api: Api, id: string, last?: string): Promise<OperationView> => {
  const line = createProgressLine();
  for (;;) {
    const view = await patiently(() => api.get<OperationView>(`/v1/operations/${id}`));
    if (ended.has(view.state) || (last !== undefined && view.progress.phase === last)) {
      line.end();
      return view;
    }
    line.show(undefined, view.next ?? view.progress.phase ?? view.state);
    await sleep(POLL_MS);
  }
};

const describe = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .filter(([name, value]) => !["kind", "confirm", "steps", "phases"].includes(name) && value)
    .map(([name, value]) => `${name} ${value === true ? "yes" : String(value)}`)
    .join(", ");

const showPlan = ({ canRun, reasons, plan }: Plan): void => {
  say(describe(plan));
  for (const [index, step] of plan.steps.entries()) say(`  ${index + 1}. ${step}`);
  for (const reason of reasons) say(`  It cannot run: ${reason}`);
  if (!canRun) process.exitCode = 1;
};

const sayEnd = ({ kind, state, result, problem }: OperationView, ms: number): void => {
  if (state !== "succeeded")
    throw new Remedy(`${kind} has ${state}: ${problem?.detail ?? "somebody ended it"}`);
  const phases = (result?.phases ?? []).map(
    ({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`,
  );
  say(`${kind} done in ${duration(ms)}: ${describe(result ?? {})} (${phases.join(", ")})`);
};

interface FollowOptions {
  readonly dryRun?: boolean | undefined;
  /** The phase from which on it is left to itself. */
  readonly last?: string;
}

export const runOperation = async (
  api: Api,
  request: Readonly<Record<string, unknown>>,
  { dryRun = false, last }: FollowOptions,
): Promise<void> => {
  if (dryRun) {
    showPlan(await api.post<Plan>("/v1/operations?dryRun=true", request));
    return;
  }
  const start = Date.now();
  const { id } = await api.post<OperationView>("/v1/operations", request);
  const view = await follow(api, id, last);
  if (ended.has(view.state)) sayEnd(view, Date.now() - start);
  else {
    say(`${view.kind} serves after ${duration(Date.now() - start)}, and ${view.next ?? ""}:`);
    say(`  npx tagenal ops undo ${id}`);
  }
};
