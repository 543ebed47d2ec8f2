/** What the console's pages share: its sections, the token, and whether the system answers. */
import { useState } from "preact/hooks";
import { toClock } from "./format.ts";
import type { Polled } from "./loaded.ts";
import { Choices, Failed } from "./parts.tsx";
import { texts } from "./texts.ts";
import { isToken, keepToken, useToken } from "./token.ts";

export const POLL_MS = 2_000;

const TokenForm = () => {
  const [typed, setTyped] = useState("");
  const [trial, setTrial] = useState<"none" | "checking" | "wrong" | Error>("none");
  const check = (): void => {
    setTrial("checking");
    isToken(typed).then(
      (isRight) => {
        if (isRight) keepToken(typed);
        else setTrial("wrong");
      },
      (error: Error) => setTrial(error),
    );
  };
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed !== "" && trial !== "checking") check();
      }}
    >
      <p>{texts.token.why}</p>
      <label class="inline">
        {texts.token.label}
        <input
          type="password"
          autocomplete="off"
          value={typed}
          aria-invalid={trial === "wrong"}
          onInput={({ currentTarget: { value } }) => setTyped(value.trim())}
        />
      </label>
      <button type="submit">{trial === "checking" ? texts.token.checking : texts.token.use}</button>
      {trial === "wrong" ? (
        <p class="bad" role="alert">
          {texts.token.wrong}
        </p>
      ) : null}
      {trial instanceof Error ? <Failed error={trial} /> : null}
    </form>
  );
};

export const TokenGate = () =>
  useToken() === "" ? (
    <TokenForm />
  ) : (
    <p class="token quiet">
      {texts.token.have}{" "}
      <button type="button" class="link" onClick={() => keepToken("")}>
        {texts.token.forget}
      </button>
    </p>
  );

export const Sections = ({ current }: { readonly current: "servers" | "operations" }) => (
  <Choices
    label={texts.admin.sections}
    choices={[
      { label: texts.admin.servers, href: "/console", isCurrent: current === "servers" },
      {
        label: texts.admin.operations,
        href: "/console/operations",
        isCurrent: current === "operations",
      },
    ]}
  />
);

/** Says how fresh what is shown is. */
export const Contact = ({ polled: { at, error } }: { readonly polled: Polled<unknown> }) => {
  if (at === undefined) return error === undefined ? null : <Failed error={error} />;
  if (error === undefined) return <p class="quiet live">{texts.admin.live(toClock(at))}</p>;
  return (
    <p class="notice notice-bad" role="alert">
      {texts.admin.lost(toClock(at))}
    </p>
  );
};
