/** What a list is narrowed down by: each choice is in the address, so that it can be kept and sent. */
import { useEffect, useState } from "preact/hooks";
import { stayAt } from "./navigation.tsx";
import { texts } from "./texts.ts";

type Change = (value: string) => void;

interface SelectProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly names?: Readonly<Record<string, string>>;
  readonly onChange: Change;
}

/** An address may name what nobody listed: then it is one more option. */
export const Select = ({ label, value = "", options, names = {}, onChange }: SelectProps) => {
  const all = value === "" || options.includes(value) ? options : [...options, value];
  return (
    <label class="filter">
      {label}
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">{texts.filters.any}</option>
        {all.map((option) => (
          <option key={option} value={option}>
            {names[option] ?? option}
          </option>
        ))}
      </select>
    </label>
  );
};

interface WordProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly example: string;
  readonly onChange: Change;
}

/** Taken with Enter, or once the field is left: not while it is being written. */
export const Word = ({ label, value = "", example, onChange }: WordProps) => {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = (): void => {
    if (text.trim() !== value) onChange(text.trim());
  };
  return (
    <label class="filter">
      {label}
      <input
        type="search"
        value={text}
        placeholder={example}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={take}
        onKeyDown={({ key }) => {
          if (key === "Enter") take();
        }}
      />
    </label>
  );
};

export const clearTo = (href: string) => (
  <button type="button" class="link filter-clear" onClick={() => stayAt(href)}>
    {texts.filters.clear}
  </button>
);
