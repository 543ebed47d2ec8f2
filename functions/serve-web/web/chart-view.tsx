/** One chart: drawn by uPlot, which is loaded with the first of them; its figures as a table too. */
import { useEffect, useRef } from "preact/hooks";
import { toValue } from "./chart-format.ts";
import type { Drawing } from "./draw-chart.ts";
import { usePolled } from "./loaded.ts";
import { Failed, Skeleton } from "./parts.tsx";
import { texts } from "./texts.ts";

export interface ChartItem {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
}

export interface Chart extends ChartItem {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly {
    readonly label: string;
    readonly values: readonly (number | null)[];
  }[];
}

const POLL_MS = 15_000;

const lastOf = (values: readonly (number | null)[]): number | null =>
  values.findLast((value) => value !== null) ?? null;

const Legend = ({ chart: { lines, unit } }: { readonly chart: Chart }) => (
  <ul class="legend">
    {lines.map(({ label, values }, index) => (
      <li key={label}>
        <span class={`key key-${index % 8}`} aria-hidden="true" />
        <span>{label}</span>
        <span class="number">{toValue(lastOf(values), unit)}</span>
      </li>
    ))}
  </ul>
);

const Canvas = ({ chart }: { readonly chart: Chart }) => {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    import("./draw-chart.ts").then(
      ({ draw }) => {
        if (isGone || place.current === null) return;
        if (drawing.current === undefined) drawing.current = draw(place.current, chart);
        else drawing.current.show(chart);
      },
      () => {},
    );
    return () => {
      isGone = true;
    };
  }, [chart]);
  useEffect(() => () => drawing.current?.end(), []);
  return <div ref={place} class="canvas" aria-hidden="true" />;
};

interface ChartViewProps {
  readonly chart: ChartItem;
  readonly minutes: string;
}

export const ChartView = ({ chart: { name, title }, minutes }: ChartViewProps) => {
  const { data, error } = usePolled<Chart>(`/v1/charts/${name}?minutes=${minutes}`, POLL_MS);
  return (
    <figure class="chart card">
      <figcaption>{title}</figcaption>
      {error === undefined ? null : <Failed error={error} />}
      {data === undefined && error === undefined ? <Skeleton lines={4} /> : null}
      {data === undefined ? null : (
        <>
          {data.lines.length === 0 ? (
            <p class="quiet">{texts.watch.noValues}</p>
          ) : (
            <Canvas
              key={`${minutes} ${data.lines.map(({ label }) => label).join()}`}
              chart={data}
            />
          )}
          <Legend chart={data} />
        </>
      )}
    </figure>
  );
};
