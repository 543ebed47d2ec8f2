/** Draws charts; a file of its own, because uPlot is loaded only where there are any. */
import uPlot from "uplot";
import { toValue } from "./chart-format.ts";
import type { Chart } from "./chart-view.tsx";

export interface Drawing {
  show(chart: Chart): void;
  end(): void;
}

const HEIGHT = 150;
const COLORS = 8;

const styleOf = (place: HTMLElement, name: string): string =>
  getComputedStyle(place).getPropertyValue(name).trim();

const toData = ({ times, lines }: Chart): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

const DAY_SECONDS = 86_400;

/** The clock of whoever looks; over more than two days the day. */
const toTime = (times: readonly number[]): ((time: number) => string) => {
  const isLong = (times.at(-1) ?? 0) - (times[0] ?? 0) > 2 * DAY_SECONDS;
  return (time) => {
    const date = new Date(time * 1_000);
    const two = (part: number): string => String(part).padStart(2, "0");
    return isLong
      ? `${two(date.getMonth() + 1)}-${two(date.getDate())}`
      : `${two(date.getHours())}:${two(date.getMinutes())}`;
  };
};

const toOptions = (place: HTMLElement, { lines, unit }: Chart): uPlot.Options => {
  const quiet = styleOf(place, "--quiet");
  const grid = { stroke: styleOf(place, "--line"), width: 1 };
  const axis = { stroke: quiet, grid, ticks: grid, font: "11px system-ui" };
  return {
    ...{ width: place.clientWidth, height: HEIGHT },
    legend: { show: false },
    cursor: { points: { show: false } },
    scales: { y: { range: (_, __, most) => [0, most <= 0 ? 1 : most * 1.1] } },
    axes: [
      { ...axis, size: 28, values: (_, times) => times.map(toTime(times)) },
      { ...axis, size: 64, values: (_, values) => values.map((value) => toValue(value, unit)) },
    ],
    series: [
      {},
      ...lines.map(({ label }, index) => ({
        ...{ label, width: 1.5, points: { show: false } },
        stroke: styleOf(place, `--chart-${index % COLORS}`),
      })),
    ],
  };
};

/** Follows the size of its place, and light and dark. */
export const draw = (place: HTMLElement, first: Chart): Drawing => {
  let chart = first;
  let plot = new uPlot(toOptions(place, chart), toData(chart), place);
  const again = (): void => {
    plot.destroy();
    plot = new uPlot(toOptions(place, chart), toData(chart), place);
  };
  const watch = new ResizeObserver(() =>
    plot.setSize({ width: place.clientWidth, height: HEIGHT }),
  );
  watch.observe(place);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", again);
  return {
    show: (next) => {
      chart = next;
      plot.setData(toData(chart));
    },
    end: () => {
      watch.disconnect();
      scheme.removeEventListener("change", again);
      plot.destroy();
    },
  };
};
