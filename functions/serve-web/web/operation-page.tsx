/** One operation, while it runs and ever after. */
import type { Operation } from "./api-types.ts";
import { Contact, POLL_MS, Sections, TokenGate } from "./console-parts.tsx";
import { toFacts, toMinute } from "./format.ts";
import { usePolled } from "./loaded.ts";
import { OperationControls } from "./operation-controls.tsx";
import { OperationProgress } from "./operation-progress.tsx";
import { hasEnded } from "./operation-state.ts";
import { Facts, Heading, Skeleton } from "./parts.tsx";
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
    <details>
      <summary>{texts.operation.details}</summary>
      <pre>{JSON.stringify(operation, null, 2)}</pre>
    </details>
  </>
);

export const OperationPage = ({ id }: { readonly id: string }) => {
  const path = `/v1/operations/${encodeURIComponent(id)}`;
  const polled = usePolled<Operation>(path, POLL_MS, hasEnded);
  const { data, error } = polled;
  const title = texts.operation.title;
  return (
    <>
      <Heading>{data === undefined ? title : (texts.action[data.kind] ?? data.kind)}</Heading>
      <div class="bar">
        <Sections current="operations" />
        <Contact polled={polled} />
      </div>
      <TokenGate />
      {data === undefined && error === undefined ? <Skeleton /> : null}
      {data === undefined ? null : <OperationView operation={data} />}
    </>
  );
};
