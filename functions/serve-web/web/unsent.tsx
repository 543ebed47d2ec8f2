/** Whatever of the reader's could not be written, on every page, until it is sent or given up. */
import { useState } from "preact/hooks";
import { ApiProblem } from "./api.ts";
import { SignInDialog } from "./sign-in.tsx";
import { texts } from "./texts.ts";
import { discard, sendAgain, useWrites, type Write } from "./writes.ts";

const toWhat = ({ read }: Write): string => {
  if (read.commentOrNot === 1) return texts.unsent.comment;
  if (read.agreeOrNot === 1) return texts.unsent.agreement;
  return read.shareOrNot === 1 ? texts.unsent.share : texts.unsent.read;
};

const Item = ({ write, onSignIn }: { readonly write: Write; readonly onSignIn: () => void }) => {
  const { key, title, error } = write;
  const isRefused = error instanceof ApiProblem && (error.status === 401 || error.status === 403);
  return (
    <li>
      <p>
        <strong>{texts.unsent.lost(toWhat(write), title)}</strong> {error?.message}
      </p>
      <div class="buttons">
        {isRefused ? (
          <button type="button" onClick={onSignIn}>
            {texts.signIn.again}
          </button>
        ) : null}
        <button type="button" class="strong" onClick={() => sendAgain(write)}>
          {texts.tryAgain}
        </button>
        <button type="button" onClick={() => discard(key)}>
          {texts.unsent.discard}
        </button>
      </div>
    </li>
  );
};

export const Unsent = () => {
  const failed = useWrites().filter(({ state }) => state === "failed");
  const [isAsked, setIsAsked] = useState(false);
  return (
    <div class="unsent" role="alert">
      {failed.length === 0 ? null : (
        <ul>
          {failed.map((write) => (
            <Item key={write.key} write={write} onSignIn={() => setIsAsked(true)} />
          ))}
        </ul>
      )}
      {isAsked ? <SignInDialog onClose={() => setIsAsked(false)} /> : null}
    </div>
  );
};
