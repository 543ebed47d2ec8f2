/** How to load, whatever it is. */
import { texts } from "./texts.ts";

export interface LoadOptions {
  readonly maxErrors: number;
  readonly onConflict: "fail" | "skip" | "update";
  readonly checkMedia: boolean;
  readonly verify: "on" | "off";
}

export const usual: LoadOptions = {
  maxErrors: 0,
  onConflict: "fail",
  checkMedia: false,
  verify: "on",
};

const conflicts = ["fail", "skip", "update"] as const;

interface LoadChoicesProps {
  readonly options: LoadOptions;
  readonly onChoose: (options: LoadOptions) => void;
}

export const LoadChoices = ({ options, onChoose }: LoadChoicesProps) => (
  <div class="fields">
    <label class="inline">
      {texts.load.onConflict}
      <select
        value={options.onConflict}
        onChange={({ currentTarget: { value } }) =>
          onChoose({ ...options, onConflict: value as LoadOptions["onConflict"] })
        }
      >
        {conflicts.map((name) => (
          <option key={name} value={name}>
            {texts.load.conflict[name]}
          </option>
        ))}
      </select>
    </label>
    <label class="inline">
      {texts.load.maxErrors}
      <input
        type="number"
        min={0}
        size={6}
        value={options.maxErrors}
        onChange={({ currentTarget: { valueAsNumber } }) =>
          onChoose({ ...options, maxErrors: Math.max(0, Math.floor(valueAsNumber || 0)) })
        }
      />
    </label>
    <label class="inline">
      <input
        type="checkbox"
        checked={options.verify === "on"}
        onChange={({ currentTarget: { checked } }) =>
          onChoose({ ...options, verify: checked ? "on" : "off" })
        }
      />
      {texts.load.verify}
    </label>
    <label class="inline">
      <input
        type="checkbox"
        checked={options.checkMedia}
        onChange={({ currentTarget: { checked } }) => onChoose({ ...options, checkMedia: checked })}
      />
      {texts.load.checkMedia}
    </label>
  </div>
);
