/** The traces in which an operation was at work, where there are any. */
import { toMinute } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { Link } from "./navigation.tsx";
import { tracePath } from "./route.ts";
import { texts } from "./texts.ts";

interface Traces {
  readonly items: readonly {
    readonly id: string;
    readonly at: string;
    readonly name: string;
    readonly spans: number;
  }[];
}

export const OperationTraces = ({ id }: { readonly id: string }) => {
  const loaded = useLoaded<Traces>(`/v1/traces?operation=${encodeURIComponent(id)}`);
  if (loaded.state !== "done" || loaded.data.items.length === 0) return null;
  return (
    <details>
      <summary>{texts.trace.of(loaded.data.items.length)}</summary>
      <ul class="lines">
        {loaded.data.items.map(({ id: trace, at, name, spans }) => (
          <li key={trace}>
            <time class="quiet nowrap" dateTime={at}>
              {toMinute(at)}
            </time>
            <Link href={tracePath(trace)}>{name}</Link>
            <span class="quiet">{texts.trace.spans(spans)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
};
