/** What is left open of an action, to be chosen in its dialog. */
import type { Action, Choice } from "./actions.ts";
import { dataCenters } from "./choices.ts";
import { texts } from "./texts.ts";

export interface ChoiceProps {
  readonly action: Action;
  readonly shards: readonly string[];
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
}

const SELECTS = { "join-tablet": "shard", migrate: "to" } as const;

const Check = ({
  name,
  choice,
  onChoose,
}: Pick<ChoiceProps, "choice" | "onChoose"> & { readonly name: "replace" | "force" }) => (
  <label class="inline">
    <input
      type="checkbox"
      checked={choice[name]}
      onChange={({ currentTarget: { checked } }) => onChoose({ ...choice, [name]: checked })}
    />
    {texts.field[name]}
  </label>
);

export const ActionChoices = ({ action, shards, choice, onChoose }: ChoiceProps) => {
  if (action.kind === "drop-tablet")
    return (
      <fieldset>
        <Check name="replace" choice={choice} onChoose={onChoose} />
        <Check name="force" choice={choice} onChoose={onChoose} />
      </fieldset>
    );
  if (action.kind !== "join-tablet" && action.kind !== "migrate") return null;
  const name = SELECTS[action.kind];
  const options =
    name === "to"
      ? dataCenters.map((one) => [one, texts.dataCenter[one] ?? one] as const)
      : [["", texts.field["neediest"] ?? ""] as const, ...shards.map((one) => [one, one] as const)];
  return (
    <label>
      {texts.field[name]}
      <select
        value={choice[name]}
        onChange={({ currentTarget: { value } }) => onChoose({ ...choice, [name]: value })}
      >
        {options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
};
