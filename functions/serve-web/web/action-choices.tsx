/** What is left open of an action, to be chosen in its dialog. */
import type { ComponentChildren } from "preact";
import type { Action, Choice } from "./actions.ts";
import { categories, dataCenters, regions } from "./choices.ts";
import { texts } from "./texts.ts";

export interface ChoiceProps {
  readonly action: Action;
  readonly shards: readonly string[];
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
}

type Part = Pick<ChoiceProps, "choice" | "onChoose">;
type Option = readonly [value: string, label: string];

const Check = ({ name, choice, onChoose }: Part & { readonly name: "replace" | "force" }) => (
  <label class="inline">
    <input
      type="checkbox"
      checked={choice[name]}
      onChange={({ currentTarget: { checked } }) => onChoose({ ...choice, [name]: checked })}
    />
    {texts.field[name]}
  </label>
);

interface SelectProps extends Part {
  readonly name: "shard" | "to" | "subject";
  readonly label?: string;
  readonly options: readonly Option[];
}

const Select = ({ name, label, options, choice, onChoose }: SelectProps) => (
  <label>
    {label ?? texts.field[name]}
    <select
      value={choice[name]}
      onChange={({ currentTarget: { value } }) => onChoose({ ...choice, [name]: value })}
    >
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  </label>
);

const toPlaces = (): readonly Option[] =>
  dataCenters.map((one) => [one, texts.dataCenter[one] ?? one]);

/** The first one is what a dialog opens with. */
export const subjects: readonly Option[] = [
  ...regions.map((name): Option => [`region:${name}`, texts.admin.region(name)]),
  ...categories.map((name): Option => [`category:${name}`, texts.admin.category(name)]),
];

const KEEPS = [0, 600, 3_600, 86_400];

const SplitChoices = ({ choice, onChoose }: Part) => (
  <div class="fields">
    <label>
      {texts.field["at"]}
      <input
        value={choice.at}
        size={16}
        placeholder={texts.field["atOpen"]}
        spellcheck={false}
        autocomplete="off"
        onChange={({ currentTarget: { value } }) => onChoose({ ...choice, at: value.trim() })}
      />
    </label>
    <label>
      {texts.field["keepSeconds"]}
      <select
        value={String(choice.keepSeconds)}
        onChange={({ currentTarget: { value } }) =>
          onChoose({ ...choice, keepSeconds: Number(value) })
        }
      >
        {KEEPS.map((seconds) => (
          <option key={seconds} value={String(seconds)}>
            {texts.admin.keptFor(seconds)}
          </option>
        ))}
      </select>
    </label>
  </div>
);

export const ActionChoices = ({ action, shards, ...part }: ChoiceProps): ComponentChildren => {
  const neediest: Option = ["", texts.field["neediest"] ?? ""];
  switch (action.kind) {
    case "drop-tablet":
      return (
        <fieldset>
          <Check name="replace" {...part} />
          <Check name="force" {...part} />
        </fieldset>
      );
    case "join-tablet":
      return (
        <Select
          name="shard"
          options={[neediest, ...shards.map((one): Option => [one, one])]}
          {...part}
        />
      );
    case "migrate":
      return action.shard === undefined ? (
        <Select name="subject" options={subjects} {...part} />
      ) : (
        <Select name="to" options={toPlaces()} {...part} />
      );
    case "restore":
      return (
        <Select name="to" label={texts.field["dataCenter"] ?? ""} options={toPlaces()} {...part} />
      );
    case "split":
      return <SplitChoices {...part} />;
    default:
      return null;
  }
};
