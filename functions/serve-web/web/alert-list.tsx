/** What fires, is about to, or is silenced. */
import { toMinute } from "./format.ts";
import { usePolled } from "./loaded.ts";
import { Failed, Skeleton } from "./parts.tsx";
import { StateBadge } from "./state-badge.tsx";
import { texts } from "./texts.ts";

interface Alert {
  readonly name: string;
  readonly state: "firing" | "silenced" | "pending";
  readonly severity: string;
  readonly since: string;
  readonly summary: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
}

const POLL_MS = 5_000;

const AlertLine = ({ alert }: { readonly alert: Alert }) => {
  const { name, state, since, summary, description, severity } = alert;
  return (
    <li>
      <StateBadge state={state} />
      <strong>{name}</strong>
      <span class="quiet">{severity}</span>
      <span class="grow">{summary === "" ? description : summary}</span>
      <time class="quiet nowrap" dateTime={since}>
        {texts.watch.since(toMinute(since))}
      </time>
    </li>
  );
};

export const AlertList = () => {
  const { data, error } = usePolled<{ items: readonly Alert[] }>("/v1/alerts", POLL_MS);
  return (
    <section>
      <h2>{texts.watch.alerts}</h2>
      {data === undefined && error === undefined ? <Skeleton lines={2} /> : null}
      {error === undefined ? null : <Failed error={error} />}
      {data?.items.length === 0 ? (
        <p>
          <StateBadge state="quiet" /> {texts.watch.quiet}
        </p>
      ) : null}
      {data === undefined || data.items.length === 0 ? null : (
        <ul class="lines">
          {data.items.map((alert) => (
            <AlertLine key={JSON.stringify([alert.name, alert.labels])} alert={alert} />
          ))}
        </ul>
      )}
    </section>
  );
};
