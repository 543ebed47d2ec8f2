/** An action from its plan, made without changing anything, to its end. */
import { useState } from "preact/hooks";
import { ActionChoices, type ChoiceProps, subjects } from "./action-choices.tsx";
import { type Action, type Choice, toConfirm, toRequest } from "./actions.ts";
import { postJson } from "./api.ts";
import type { Json, Operation, Plan } from "./api-types.ts";
import { dataCenters } from "./choices.ts";
import { Dialog } from "./dialog.tsx";
import { type Loaded, useLoaded, usePolled } from "./loaded.ts";
import { OperationControls } from "./operation-controls.tsx";
import { OperationProgress } from "./operation-progress.tsx";
import { hasEnded } from "./operation-state.ts";
import { Failed, Show, Skeleton } from "./parts.tsx";
import { ExpectedTime } from "./past-times-view.tsx";
import { PlanView } from "./plan-view.tsx";
import { texts } from "./texts.ts";
import { useOperator } from "./token.ts";
import { beginTrace } from "./trace-context.ts";

/** Made anew whenever something else is chosen, and never kept: the servers change meanwhile. */
const usePlan = (request: Json, token: string): Loaded<Plan> =>
  useLoaded<Plan>(
    JSON.stringify(request),
    (body) => postJson("/v1/operations?dryRun=true", JSON.parse(body) as object, token),
    false,
  );

const POLL_MS = 500;

const Running = ({ id, onClose }: { readonly id: string; readonly onClose: () => void }) => {
  const { data, error } = usePolled<Operation>(`/v1/operations/${id}`, POLL_MS, hasEnded);
  return (
    <>
      {error === undefined ? null : <Failed error={error} />}
      {data === undefined ? <Skeleton lines={3} /> : <OperationProgress operation={data} />}
      <div class="buttons">
        {data === undefined ? null : <OperationControls operation={data} />}
        <button type="button" onClick={onClose}>
          {texts.plan.close}
        </button>
      </div>
      {data !== undefined && hasEnded(data) ? null : <p class="quiet">{texts.plan.goesOn}</p>}
    </>
  );
};

interface PlanningProps extends Omit<ChoiceProps, "choice" | "onChoose"> {
  readonly onStart: (id: string) => void;
  readonly onClose: () => void;
}

const Planning = ({ action, shards, onStart, onClose }: PlanningProps) => {
  const token = useOperator();
  const [choice, setChoice] = useState<Choice>({
    shard: "",
    to: dataCenters.find((one) => one !== action.dataCenter) ?? dataCenters[0],
    replace: false,
    force: false,
    subject: subjects[0]?.[0] ?? "",
    at: "",
    keepSeconds: 600,
  });
  const [typed, setTyped] = useState("");
  const [isStarting, setIsStarting] = useState(false);
  const [error, setError] = useState<Error>();
  const request = toRequest(action, choice);
  const plan = usePlan(request, token);
  const name = toConfirm(action, choice);
  const isReady = plan.state === "done" && plan.data.canRun && (name ?? "") === typed;
  const start = (): void => {
    setIsStarting(true);
    setError(undefined);
    postJson<Operation>("/v1/operations", request, token, beginTrace())
      .then(({ id }) => onStart(id), setError)
      .finally(() => setIsStarting(false));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && !isStarting) start();
      }}
    >
      <p>{texts.explain[action.kind]}</p>
      <ActionChoices action={action} shards={shards} choice={choice} onChoose={setChoice} />
      <Show of={plan} lines={4}>
        {(data) => <PlanView plan={data} />}
      </Show>
      <ExpectedTime kind={action.kind} />
      {name === undefined ? null : (
        <label>
          {texts.plan.confirm(name)}
          <input
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget: { value } }) => setTyped(value.trim())}
          />
        </label>
      )}
      {error === undefined ? null : <Failed error={error} />}
      <div class="buttons">
        <button type="submit" class="strong" disabled={!isReady || isStarting}>
          {isStarting ? texts.plan.starting : texts.plan.run}
        </button>
        <button type="button" onClick={onClose}>
          {texts.plan.cancel}
        </button>
      </div>
    </form>
  );
};

interface ActionDialogProps {
  readonly action: Action;
  readonly shards: readonly string[];
  readonly onClose: () => void;
}

export const ActionDialog = ({ action, shards, onClose }: ActionDialogProps) => {
  const [id, setId] = useState<string>();
  const about = action.tablet ?? action.shard ?? texts.dataCenter[action.dataCenter ?? ""] ?? "";
  return (
    <Dialog title={`${texts.action[action.kind]}: ${about}`} onClose={onClose}>
      {id === undefined ? (
        <Planning action={action} shards={shards} onStart={setId} onClose={onClose} />
      ) : (
        <Running id={id} onClose={onClose} />
      )}
    </Dialog>
  );
};
