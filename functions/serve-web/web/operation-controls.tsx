/** Pause, resume and cancel of one operation; cancelling asks first. */
import { useState } from "preact/hooks";
import { postJson } from "./api.ts";
import type { OperationItem } from "./api-types.ts";
import { Dialog } from "./dialog.tsx";
import { type Control, controlsOf } from "./operation-state.ts";
import { Failed } from "./parts.tsx";
import { texts } from "./texts.ts";
import { useToken } from "./token.ts";

interface CancelProps {
  readonly isLoad: boolean;
  readonly onCancel: (body: object) => void;
  readonly onClose: () => void;
}

const CancelDialog = ({ isLoad, onCancel, onClose }: CancelProps) => (
  <Dialog title={texts.operation.cancelSure} onClose={onClose}>
    <p>{isLoad ? texts.operation.cancelLoad : texts.operation.cancelDetail}</p>
    <div class="buttons">
      <button
        type="button"
        class="strong"
        onClick={() => onCancel(isLoad ? { loaded: "keep" } : {})}
      >
        {isLoad ? texts.operation.keep : texts.operation.doCancel}
      </button>
      {isLoad ? (
        <button type="button" onClick={() => onCancel({ loaded: "remove" })}>
          {texts.operation.remove}
        </button>
      ) : null}
      <button type="button" onClick={onClose}>
        {texts.operation.doNot}
      </button>
    </div>
  </Dialog>
);

export const OperationControls = ({ operation }: { readonly operation: OperationItem }) => {
  const token = useToken();
  const [isAsking, setIsAsking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<Error>();
  if (token === "") return null;
  const send = (verb: Control, body: object = {}): void => {
    setIsAsking(false);
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
          onClick={() => (verb === "cancel" ? setIsAsking(true) : send(verb))}
        >
          {texts.operation[verb]}
        </button>
      ))}
      {error === undefined ? null : <Failed error={error} />}
      {isAsking ? (
        <CancelDialog
          isLoad={operation.kind === "load"}
          onCancel={(body) => send("cancel", body)}
          onClose={() => setIsAsking(false)}
        />
      ) : null}
    </>
  );
};
