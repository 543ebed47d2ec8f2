/** What the API takes and answers, out of its own document, and a way to try what only reads. */
import { useState } from "preact/hooks";
import { getText } from "./api.ts";
import {
  type ApiDocument,
  type Entry,
  type Field,
  type Shape,
  toEntries,
  toExample,
} from "./api-document.ts";
import { useLoaded } from "./loaded.ts";
import { Failed, Heading, Show } from "./parts.tsx";
import { texts } from "./texts.ts";

const FieldRow = ({ name, where, type, isRequired, text, operators }: Field) => (
  <tr>
    <td>
      <code>{name}</code>
      {isRequired ? <strong title={texts.api.required}> *</strong> : null}
    </td>
    <td class="quiet">{where}</td>
    <td>{type}</td>
    <td class="quiet">
      {text}
      {operators.length === 0 ? null : `; ${operators.map((one) => `[${one}]`).join(" ")}`}
    </td>
  </tr>
);

const FieldTable = ({
  fields,
  label,
}: {
  readonly fields: readonly Field[];
  readonly label: string;
}) =>
  fields.length === 0 ? null : (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={label}>
      <table>
        <caption>{label}</caption>
        <tbody>
          {fields.map((field) => (
            <FieldRow key={`${field.where} ${field.name}`} {...field} />
          ))}
        </tbody>
      </table>
    </section>
  );

const Body = ({ shapes }: { readonly shapes: readonly Shape[] }) => (
  <>
    {shapes.map(({ title, fields }) => (
      <FieldTable key={title} fields={fields} label={`${texts.api.body}: ${title}`} />
    ))}
  </>
);

const LONGEST_SHOWN = 20_000;

const toPretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

type Tried =
  | { readonly state: "idle" | "asking" }
  | { readonly state: "done"; readonly text: string }
  | { readonly state: "failed"; readonly error: Error };

const Try = ({ entry }: { readonly entry: Entry }) => {
  const [address, setAddress] = useState(toExample(entry));
  const [tried, setTried] = useState<Tried>({ state: "idle" });
  const ask = (event: Event): void => {
    event.preventDefault();
    setTried({ state: "asking" });
    // Of this site only, whatever is written there.
    const { origin, pathname, search } = new URL(address, location.origin);
    const isOurs = origin === location.origin;
    (isOurs ? getText(pathname + search) : Promise.reject(new Error(texts.api.ownOnly))).then(
      (text) => setTried({ state: "done", text: toPretty(text).slice(0, LONGEST_SHOWN) }),
      (error: Error) => setTried({ state: "failed", error }),
    );
  };
  return (
    <form class="try" onSubmit={ask}>
      <label class="inline">
        {texts.api.address}
        <input
          value={address}
          spellcheck={false}
          onInput={({ currentTarget: { value } }) => setAddress(value)}
        />
      </label>
      <button type="submit" disabled={tried.state === "asking"}>
        {texts.api.ask}
      </button>
      {tried.state === "failed" ? <Failed error={tried.error} /> : null}
      {tried.state === "done" ? <pre>{tried.text}</pre> : null}
    </form>
  );
};

const EntryView = (entry: Entry) => {
  const [isOpen, setOpen] = useState(false);
  const { method, path, summary, description, needsToken, fields, body, answers } = entry;
  return (
    <details class="entry" onToggle={({ currentTarget: { open } }) => setOpen(open)}>
      <summary>
        <span class={`badge ${method === "GET" ? "badge-good" : "badge-busy"}`}>{method}</span>{" "}
        <code>{path}</code> <span class="quiet">{summary}</span>
      </summary>
      {isOpen ? (
        <>
          {description === "" ? null : <p>{description}</p>}
          {needsToken ? <p class="quiet">{texts.api.needsToken}</p> : null}
          <FieldTable fields={fields} label={texts.api.parameters} />
          <Body shapes={body} />
          <FieldTable
            label={texts.api.answers}
            fields={answers.map(({ status, text, type }) => ({
              ...{ name: status, where: "", type, text, isRequired: false, operators: [] },
            }))}
          />
          {method === "GET" ? <Try entry={entry} /> : null}
        </>
      ) : null}
    </details>
  );
};

const Entries = ({ document }: { readonly document: ApiDocument }) => {
  const entries = toEntries(document);
  const tags = [...new Set(entries.map(({ tag }) => tag))];
  return (
    <>
      {tags.map((tag) => (
        <section key={tag}>
          <h2>{tag}</h2>
          {entries
            .filter((entry) => entry.tag === tag)
            .map((entry) => (
              <EntryView key={entry.id} {...entry} />
            ))}
        </section>
      ))}
    </>
  );
};

export const ApiPage = () => {
  const loaded = useLoaded<ApiDocument>("/openapi.json");
  return (
    <>
      <Heading>{texts.api.title}</Heading>
      <Show of={loaded} lines={12}>
        {(document) => (
          <>
            <p class="lead">{document.info.description}</p>
            <p>
              <a href="/openapi.json">{texts.api.document}</a>
            </p>
            <Entries document={document} />
          </>
        )}
      </Show>
    </>
  );
};
