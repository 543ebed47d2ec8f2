/** Signing in as a user to read, agree, comment and share, and who is signed in. */
import { useState } from "preact/hooks";
import { ApiProblem } from "./api.ts";
import { Dialog } from "./dialog.tsx";
import { Link } from "./navigation.tsx";
import { Failed } from "./parts.tsx";
import { signIn, signOut, useReader } from "./reader.ts";
import { userPath } from "./route.ts";
import { texts } from "./texts.ts";
import { useToken } from "./token.ts";

type Trial = "idle" | "checking" | Error;

const toField = (trial: Trial): "uid" | "token" | undefined => {
  if (!(trial instanceof ApiProblem)) return undefined;
  if (trial.field === "uid") return "uid";
  if (trial.status === 401 || trial.status === 403) return "token";
  return trial.status === 400 || trial.status === 404 ? "uid" : undefined;
};

const toMessage = (error: Error): string => {
  const { status, field } = error instanceof ApiProblem ? error : { status: 0, field: undefined };
  if (status === 403 && field === "uid") return error.message;
  const known: Readonly<Record<number, string>> = {
    401: texts.signIn.wrongToken,
    403: texts.signIn.mayNotWrite,
    400: texts.signIn.wrongUid,
    404: texts.signIn.unknownUid,
  };
  return known[status] ?? error.message;
};

export const SignInDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const known = useToken();
  const [uid, setUid] = useState("");
  const [token, setToken] = useState(known);
  const [trial, setTrial] = useState<Trial>("idle");
  const wrong = toField(trial);
  const submit = (event: Event): void => {
    event.preventDefault();
    setTrial("checking");
    signIn(uid.trim(), token.trim()).then(onClose, (error: unknown) => setTrial(error as Error));
  };
  return (
    <Dialog title={texts.signIn.title} onClose={onClose}>
      <p class="quiet">{texts.signIn.why}</p>
      <form class="sign-in" onSubmit={submit}>
        <label>
          {texts.signIn.uid}
          <input
            required
            inputMode="numeric"
            autoComplete="username"
            pattern="\s*\d+\s*"
            title={texts.signIn.wrongUid}
            value={uid}
            aria-invalid={wrong === "uid"}
            onInput={({ currentTarget: { value } }) => setUid(value)}
          />
        </label>
        <label>
          {texts.signIn.token}
          <input
            required
            type="password"
            autoComplete="current-password"
            value={token}
            aria-invalid={wrong === "token"}
            onInput={({ currentTarget: { value } }) => setToken(value)}
          />
        </label>
        <div role="alert">
          {trial instanceof Error && wrong !== undefined ? (
            <p class="bad">{toMessage(trial)}</p>
          ) : null}
        </div>
        {trial instanceof Error && wrong === undefined ? <Failed error={trial} /> : null}
        <p class="quiet small-print">{texts.signIn.honest}</p>
        <div class="buttons">
          <button type="submit" class="strong" disabled={trial === "checking"}>
            {trial === "checking" ? texts.signIn.checking : texts.signIn.submit}
          </button>
          <button type="button" onClick={onClose}>
            {texts.signIn.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
};

/** In the frame of all pages. */
export const Who = () => {
  const reader = useReader();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <div class="who">
      {reader === undefined ? (
        <button type="button" class="quiet-button" onClick={() => setIsAsked(true)}>
          {texts.signIn.open}
        </button>
      ) : (
        <>
          <Link href={userPath(reader.uid)}>{reader.name}</Link>
          <button type="button" class="quiet-button" onClick={signOut}>
            {texts.signIn.out}
          </button>
        </>
      )}
      {isAsked ? <SignInDialog onClose={() => setIsAsked(false)} /> : null}
    </div>
  );
};
