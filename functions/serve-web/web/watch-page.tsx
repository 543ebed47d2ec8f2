/** Alerts and charts, from those who watch the cluster; says so where nobody does. */
import { useState } from "preact/hooks";
import { AlertList } from "./alert-list.tsx";
import { type ChartItem, ChartView } from "./chart-view.tsx";
import { ConsoleFrame } from "./console-parts.tsx";
import { useLoaded } from "./loaded.ts";
import { Empty, Show } from "./parts.tsx";
import { texts } from "./texts.ts";

interface Charts {
  readonly isWatched: boolean;
  readonly items: readonly ChartItem[];
}

const SPANS = ["15", "60", "360", "1440", "10080"] as const;

export const WatchPage = () => {
  const [minutes, setMinutes] = useState<string>("60");
  const charts = useLoaded<Charts>("/v1/charts");
  return (
    <ConsoleFrame current="watch">
      <Show of={charts} lines={9}>
        {({ isWatched, items }) =>
          isWatched ? (
            <>
              <AlertList />
              <div class="bar">
                <h2>{texts.watch.charts}</h2>
                <label class="inline">
                  {texts.watch.span}
                  <select
                    value={minutes}
                    onChange={({ currentTarget: { value } }) => setMinutes(value)}
                  >
                    {SPANS.map((span) => (
                      <option key={span} value={span}>
                        {texts.watch.spans[span]}
                      </option>
                    ))}
                  </select>
                </label>
              </div>
              <div class="charts">
                {items.map((item) => (
                  <ChartView key={item.name} chart={item} minutes={minutes} />
                ))}
              </div>
            </>
          ) : (
            <Empty>{texts.watch.off}</Empty>
          )
        }
      </Show>
    </ConsoleFrame>
  );
};
