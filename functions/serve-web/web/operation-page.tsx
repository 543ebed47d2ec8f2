/** One operation, while it runs and ever after. */
import type { Operation } from "./api-types.ts";
import { ConsoleFrame, Contact } from "./console-parts.tsx";
import { toFacts, toMinute } from "./format.ts";
import { usePolled } from "./loaded.ts";
import { OperationControls } from "./operation-controls.tsx";
import { OperationProgress } from "./operation-progress.tsx";
import { hasEnded } from "./operation-state.ts";
import { OperationTraces } from "./operation-traces.tsx";
import { Facts, Skeleton } from "./parts.tsx";
import { texts } from "./texts.ts";

const OperationView = ({ operation }: { readonly operation: Operation }) => (
  <>
    <Facts
      facts={[
        [texts.operation.asked, toMinute(operation.createdAt)],
        ...toFacts(operation.request),
      ]}
    />
    <OperationProgress operation={operation} />
    <div class="buttons">
      <OperationControls operation={operation} />
    </div>
    <OperationTraces id={operation.id} />
    <details>
      <summary>{texts.operation.details}</summary>
      <pre>{JSON.stringify(operation, null, 2)}</pre>
    </details>
  </>
);

const POLL_MS = 1_000;

export const OperationPage = ({ id }: { readonly id: string }) => {
  const path = `/v1/operations/${encodeURIComponent(id)}`;
  const polled = usePolled<Operation>(path, POLL_MS, hasEnded);
  const { data, error } = polled;
  const title = data === undefined ? texts.operation.title : (texts.action[data.kind] ?? data.kind);
  return (
    <ConsoleFrame current="operations" title={title} contact={<Contact polled={polled} />}>
      {data === undefined && error === undefined ? <Skeleton /> : null}
      {data === undefined ? null : <OperationView operation={data} />}
    </ConsoleFrame>
  );
};
