/** Pause, resume, cancel and undo of one operation; the last two ask first. */
import { useState } from "preact/hooks";
import { postJson } from "./api.ts";
import type { OperationItem } from "./api-types.ts";
import { Dialog } from "./dialog.tsx";
import { type Control, controlsOf } from "./operation-state.ts";
import { Failed } from "./parts.tsx";
import { texts } from "./texts.ts";
import { useOperator } from "./token.ts";

interface EndProps {
  readonly operation: OperationItem;
  readonly verb: "cancel" | "undo";
  readonly onEnd: (verb: Control, body: object) => void;
  readonly onClose: () => void;
}

const detailOf = (isLoad: boolean, kind: string, verb: EndProps["verb"]): string => {
  if (isLoad) return texts.operation.cancelLoad;
  if (verb === "undo") return texts.operation.undoDetail;
  return kind === "split" ? texts.operation.cancelSplit : texts.operation.cancelDetail;
};

const EndDialog = ({ operation: { kind }, verb, onEnd, onClose }: EndProps) => {
  const isLoad = kind === "load";
  const { keep, remove, doNot, doCancel, doUndo, cancelSure, undoSure } = texts.operation;
  const label = verb === "undo" ? doUndo : doCancel;
  return (
    <Dialog title={verb === "undo" ? undoSure : cancelSure} onClose={onClose}>
      <p>{detailOf(isLoad, kind, verb)}</p>
      <div class="buttons">
        <button
          type="button"
          class="strong"
          onClick={() => onEnd(verb, isLoad ? { loaded: "keep" } : {})}
        >
          {isLoad ? keep : label}
        </button>
        {isLoad ? (
          <button type="button" onClick={() => onEnd(verb, { loaded: "remove" })}>
            {remove}
          </button>
        ) : null}
        <button type="button" onClick={onClose}>
          {doNot}
        </button>
      </div>
    </Dialog>
  );
};

export const OperationControls = ({ operation }: { readonly operation: OperationItem }) => {
  const token = useOperator();
  const [asking, setAsking] = useState<"cancel" | "undo">();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<Error>();
  if (token === "") return null;
  const send = (verb: Control, body: object = {}): void => {
    setAsking(undefined);
    setIsBusy(true);
    setError(undefined);
    postJson(`/v1/operations/${operation.id}/${verb}`, body, token)
      .catch(setError)
      .finally(() => setIsBusy(false));
  };
  return (
    <>
      {controlsOf(operation).map((verb) => (
        <button
          key={verb}
          type="button"
          disabled={isBusy}
          class="small"
          onClick={() => (verb === "cancel" || verb === "undo" ? setAsking(verb) : send(verb))}
        >
          {texts.operation[verb]}
        </button>
      ))}
      {error === undefined ? null : <Failed error={error} />}
      {asking === undefined ? null : (
        <EndDialog
          operation={operation}
          verb={asking}
          onEnd={send}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  );
};
