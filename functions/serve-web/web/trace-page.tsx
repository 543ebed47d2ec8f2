/** What happened in one request, from the entry to each server: each span below the one that caused it. */
import { useEffect, useState } from "preact/hooks";
import { ConsoleFrame } from "./console-parts.tsx";
import { toRate } from "./format.ts";
import { useLoaded } from "./loaded.ts";
import { goTo } from "./navigation.tsx";
import { Empty, Show } from "./parts.tsx";
import { tracePath } from "./route.ts";
import { Scroll } from "./scroll.tsx";
import { texts } from "./texts.ts";

interface Span {
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly startMilliseconds: number;
  readonly milliseconds: number;
  readonly isError: boolean;
}

interface Trace {
  readonly isWatched: boolean;
  readonly spans: readonly Span[];
}

const WIDTH = 1_000;

/** An SVG, because a policy without inline styles lets nothing else be placed by figures. */
const Bar = ({ span, total }: { readonly span: Span; readonly total: number }) => (
  <svg
    class={span.isError ? "span-bar span-bad" : "span-bar"}
    viewBox={`0 0 ${WIDTH} 10`}
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <rect
      x={(span.startMilliseconds / total) * WIDTH}
      width={Math.max(2, (span.milliseconds / total) * WIDTH)}
      height={10}
    />
  </svg>
);

const Spans = ({ spans }: Pick<Trace, "spans">) => {
  const total = Math.max(
    ...spans.map(({ startMilliseconds: start, milliseconds: took }) => start + took),
    0.001,
  );
  return (
    <Scroll label={texts.trace.title}>
      <table class="dense spans">
        <thead>
          <tr>
            <th scope="col">{texts.trace.span}</th>
            <th scope="col" class="number">
              {texts.trace.start}
            </th>
            <th scope="col" class="number">
              {texts.trace.took}
            </th>
            <th scope="col">
              <span class="unseen">{texts.trace.when}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {spans.map((span, index) => (
            <tr key={index}>
              <td class={`depth depth-${Math.min(span.depth, 12)}`}>
                <strong>{span.service}</strong> {span.name}
              </td>
              <td class="number">{toRate(span.startMilliseconds)}</td>
              <td class="number">{toRate(span.milliseconds)}</td>
              <td class="span-cell">
                <Bar span={span} total={total} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

/** Spans come in batches: looked for again while there are none, and once more for the late ones. */
const LOOKS = 6;
const PAUSE_MS = 1_500;

const TraceView = ({ id }: { readonly id: string }) => {
  const [look, setLook] = useState(1);
  useEffect(() => {
    if (look >= LOOKS) return;
    const timer = setTimeout(() => setLook(look + 1), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [look]);
  const path = `/v1/traces/${encodeURIComponent(id)}`;
  // A fragment is not sent: it only makes another question of it.
  const loaded = useLoaded<Trace>(`${path}#${look}`);
  const [last, setLast] = useState<Trace>();
  useEffect(() => {
    if (loaded.state === "done") setLast(loaded.data);
  }, [loaded.state]);
  if (last === undefined) return <Show of={loaded}>{() => null}</Show>;
  if (!last.isWatched) return <Empty>{texts.watch.off}</Empty>;
  if (last.spans.length === 0)
    return <Empty>{look < LOOKS ? texts.trace.waiting : texts.trace.none}</Empty>;
  return (
    <>
      <p class="quiet">{texts.trace.spans(last.spans.length)}</p>
      <Spans spans={last.spans} />
    </>
  );
};

export const TracePage = ({ id }: { readonly id?: string }) => {
  const [typed, setTyped] = useState(id ?? "");
  return (
    <ConsoleFrame current="watch" title={texts.trace.title}>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          if (/^[0-9a-f]{32}$/.test(typed)) goTo(tracePath(typed));
        }}
      >
        <label class="inline">
          {texts.trace.id}
          <input
            value={typed}
            size={34}
            pattern="[0-9a-f]{32}"
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget: { value } }) => setTyped(value.trim())}
          />
        </label>
        <button type="submit">{texts.trace.show}</button>
      </form>
      {id === undefined ? null : <TraceView key={id} id={id} />}
    </ConsoleFrame>
  );
};
