/** An operation as it goes on: its phases, what comes next, and how it ended. */
import type { Operation } from "./api-types.ts";
import { toCount, toDuration, toFacts, toSecond } from "./format.ts";
import { hasEnded, partsOf, phasesOf, rowsOf } from "./operation-state.ts";
import { Facts } from "./parts.tsx";
import { TimeLeft } from "./past-times-view.tsx";
import { Scroll } from "./scroll.tsx";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

interface Props {
  readonly operation: Operation;
}

const Phases = ({ operation }: Props) => {
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

const Rows = ({ operation }: Props) => {
  const rows = rowsOf(operation);
  if (rows === undefined) return null;
  const { done, total, perSecond, secondsLeft } = rows;
  const text = texts.operation.rows(done, total);
  const rate = perSecond === 0 ? "" : `, ${texts.operation.perSecond(perSecond)}`;
  const left =
    secondsLeft === undefined ? "" : `, ${texts.operation.left(toDuration(secondsLeft))}`;
  return (
    <p class="rows">
      <progress value={done} max={total} aria-label={text} />
      <span>
        {text}
        {rate}
        {hasEnded(operation) ? "" : left}
      </span>
    </p>
  );
};

const Parts = ({ operation }: Props) => {
  const parts = partsOf(operation);
  if (parts.length === 0) return null;
  return (
    // Several loads may be on one page.
    <Scroll label={texts.operation.loadedBy(toSecond(operation.createdAt))}>
      <table class="dense">
        <thead>
          <tr>
            <th scope="col">{texts.operation.table}</th>
            <th scope="col">{texts.admin.shard}</th>
            <th scope="col">{texts.operation.loaded}</th>
            <th scope="col" class="number">
              {texts.operation.ofRows}
            </th>
          </tr>
        </thead>
        <tbody>
          {parts.map(({ table, shard, rows, doneRows }) => (
            <tr key={`${table} ${shard}`}>
              <td>{table}</td>
              <td>{shard}</td>
              <td>
                <progress
                  value={doneRows}
                  max={Math.max(rows, 1)}
                  aria-label={`${table} ${shard}: ${texts.operation.rows(doneRows, rows)}`}
                />
              </td>
              <td class="number">
                {toCount(doneRows)} / {toCount(rows)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

/** Of a load its rows tell more than loads before it, which were of other sizes; a split that is kept only waits. */
const Left = ({ operation }: Props) => {
  const { kind, state, createdAt, progress } = operation;
  const isStill = state === "paused" || progress["phase"] === "keep";
  if (hasEnded(operation) || isStill || kind === "load") return null;
  return (
    <p class="quiet">
      <TimeLeft kind={kind} begunAt={createdAt} />
    </p>
  );
};

export const OperationProgress = ({ operation }: Props) => {
  const { state, next, result, problem } = operation;
  return (
    <div class="progress">
      <p role="status">
        <StateBadge state={state} /> {next === undefined ? null : next}
      </p>
      <Left operation={operation} />
      <Rows operation={operation} />
      <Parts operation={operation} />
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
