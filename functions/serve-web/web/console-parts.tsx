/** What the console's pages share: its sections, the token, and whether the system answers. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { toClock } from "./format.ts";
import type { Live } from "./live.ts";
import type { Polled } from "./loaded.ts";
import { Choices, Failed, Heading } from "./parts.tsx";
import { texts } from "./texts.ts";
import { isToken, keepToken, useOperator } from "./token.ts";

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
      <label class="inline" title={texts.token.why}>
        {texts.token.label}
        <input
          type="password"
          autocomplete="off"
          value={typed}
          aria-invalid={trial === "wrong"}
          onInput={({ currentTarget: { value } }) => setTyped(value.trim())}
        />
      </label>
      <button type="submit" class="small">
        {trial === "checking" ? texts.token.checking : texts.token.use}
      </button>
      <span class="quiet small-text">{texts.token.brief}</span>
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
  useOperator() === "" ? (
    <TokenForm />
  ) : (
    <p class="token quiet">
      {texts.token.have}{" "}
      <button type="button" class="link" onClick={() => keepToken("")}>
        {texts.token.forget}
      </button>
    </p>
  );

const sections = [
  { name: "servers", href: "/console" },
  { name: "operations", href: "/console/operations" },
  { name: "load", href: "/console/load" },
  { name: "query", href: "/console/query" },
  { name: "watch", href: "/console/watch" },
  { name: "history", href: "/console/history" },
] as const;
export type Section = (typeof sections)[number]["name"];

const Sections = ({ current }: { readonly current: Section }) => (
  <Choices
    label={texts.admin.sections}
    choices={sections.map(({ name, href }) => ({
      ...{ label: texts.section[name], href },
      isCurrent: name === current,
    }))}
  />
);

interface FrameProps {
  readonly current: Section;
  /** Where it is not the section's own name. */
  readonly title?: string;
  readonly contact?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What every page of the console is in. */
export const ConsoleFrame = ({ current, title, contact, children }: FrameProps) => (
  <div class="console">
    <div class="bar">
      <Heading>{title ?? texts.section[current]}</Heading>
      {contact}
    </div>
    <div class="bar">
      <Sections current={current} />
      <TokenGate />
    </div>
    {children}
  </div>
);

/** Says whether what is shown still is as it is. */
export const LiveContact = ({ live: { at, isLost, troubles } }: { readonly live: Live }) => {
  if (isLost)
    return (
      <p class="notice notice-bad" role="alert">
        {at === undefined ? texts.offline : texts.admin.lost(toClock(at))}
      </p>
    );
  const told = Object.entries(troubles);
  if (told.length > 0)
    return (
      <div class="notice notice-bad" role="alert">
        {told.map(([topic, says]) => (
          <p key={topic}>{texts.admin.trouble(texts.topic[topic] ?? topic, says)}</p>
        ))}
      </div>
    );
  return at === undefined ? null : <p class="quiet live">{texts.admin.live}</p>;
};

/** Says how fresh what is shown is. */
export const Contact = ({ polled: { at, error } }: { readonly polled: Polled<unknown> }) => {
  if (at === undefined) return error === undefined ? null : <Failed error={error} />;
  if (error === undefined) return <p class="quiet live">{texts.admin.asOf(toClock(at))}</p>;
  return (
    <p class="notice notice-bad" role="alert">
      {texts.admin.lost(toClock(at))}
    </p>
  );
};
