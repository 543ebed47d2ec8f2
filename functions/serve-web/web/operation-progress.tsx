/** An operation as it goes on: its phases, what comes next, and how it ended. */
import type { Operation } from "./api-types.ts";
import { toDuration, toFacts } from "./format.ts";
import { hasEnded, phasesOf, rowsOf } from "./operation-state.ts";
import { Facts } from "./parts.tsx";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

const Phases = ({ operation }: { readonly operation: Operation }) => {
  const isOver = hasEnded(operation);
  return (
    <ol class="phases">
      {phasesOf(operation).map(({ name, seconds }) => (
        <li key={name} class={seconds === undefined && !isOver ? "phase-now" : "phase-done"}>
          <span>{name}</span>
          <span class="quiet">
            {seconds === undefined ? texts.operation.inProgress : toDuration(seconds)}
          </span>
        </li>
      ))}
    </ol>
  );
};

const Rows = ({ operation }: { readonly operation: Operation }) => {
  const rows = rowsOf(operation);
  if (rows === undefined) return null;
  const { done, total, secondsLeft } = rows;
  const text = texts.operation.rows(done, total);
  const left =
    secondsLeft === undefined ? "" : `, ${texts.operation.left(toDuration(secondsLeft))}`;
  return (
    <p>
      <progress value={done} max={total} aria-label={text} /> {text}
      {hasEnded(operation) ? "" : left}
    </p>
  );
};

export const OperationProgress = ({ operation }: { readonly operation: Operation }) => {
  const { state, next, result, problem } = operation;
  return (
    <div class="progress">
      <p role="status">
        <StateBadge state={state} /> {next === undefined ? null : next}
      </p>
      <Rows operation={operation} />
      <Phases operation={operation} />
      {problem === null ? null : (
        <div class="notice notice-bad" role="alert">
          <strong>{texts.operation.problem}</strong>
          <p>{problem.detail}</p>
        </div>
      )}
      {result === null ? null : <Facts facts={toFacts(result)} />}
    </div>
  );
};
