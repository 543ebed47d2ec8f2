/** The files of a load before it is sent; what a name does not tell is asked. */
import { formatNames, type InputOptions } from "#shared/staged-names.ts";
import { toBytes } from "./format.ts";
import { namesOf, type Picked } from "./load-files.ts";
import { texts } from "./texts.ts";

const tables = ["users", "articles", "reads"] as const;

interface AskProps {
  readonly what: "table" | "format";
  readonly about: string;
  readonly onTell: (options: InputOptions) => void;
}

const Ask = ({ what, about, onTell }: AskProps) => (
  <select
    aria-label={`${texts.load.which[what]} ${about}`}
    onChange={({ currentTarget: { value } }) => onTell({ [what]: value } as InputOptions)}
  >
    <option value="">{texts.load.which[what]}</option>
    {(what === "table" ? tables : formatNames).map((name) => (
      <option key={name}>{name}</option>
    ))}
  </select>
);

interface PickedFilesProps {
  readonly picked: readonly Picked[];
  readonly onChange: (picked: readonly Picked[]) => void;
}

export const PickedFiles = ({ picked, onChange }: PickedFilesProps) => (
  <ul class="lines">
    {picked.map((one, index) => {
      const names = namesOf(one);
      const { name, size } = one.file;
      return (
        <li key={`${index} ${name}`}>
          <strong>{name}</strong>
          <span class="quiet">{toBytes(size)}</span>
          <span class="grow">
            {typeof names === "string" ? (
              <Ask
                what={names}
                about={name}
                onTell={(told) =>
                  onChange(picked.with(index, { ...one, options: { ...one.options, ...told } }))
                }
              />
            ) : (
              <span class="quiet">{texts.load.as(names.join(", "))}</span>
            )}
          </span>
          <button
            type="button"
            class="small"
            onClick={() => onChange(picked.filter((_, at) => at !== index))}
          >
            {texts.load.leaveOut}
            <span class="unseen"> {name}</span>
          </button>
        </li>
      );
    })}
  </ul>
);
