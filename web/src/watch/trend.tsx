/** The values of one watch over a period: a chart for the eye, a sentence for everybody. */
import { watchRows, type WatchTrendReply } from "contract";
import { useEffect, useRef, useState } from "preact/hooks";

import { call } from "../call";
import { moment, serverNow } from "../clock";
import { useLoaded } from "../parts/loaded";
import { theme } from "../theme";
import { useCell } from "../cell";
import { valueText, type Kind } from "./value";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const PERIODS = { "24 h": DAY, "48 h": 2 * DAY, "30 d": 30 * DAY, "13 months": 396 * DAY };

type Period = keyof typeof PERIODS;
type Chart = typeof import("./chart");

function numbers(column: (number | null)[]): (number | null)[] {
  return column.map((value) => (value == null ? null : value / 1000));
}

function Plot({ trend, kind }: { trend: WatchTrendReply; kind: Kind }) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<Chart | null>(null);
  const shown = useCell(theme);
  useEffect(() => void import("./chart").then(setChart), []);
  useEffect(() => {
    if (!chart || !box.current) return;
    return chart.draw(box.current, {
      time: trend.time.map((time) => Date.parse(time) / 1000),
      lowest: numbers(trend.lowest),
      mean: numbers(trend.mean),
      highest: numbers(trend.highest),
      unit: watchRows[kind].unit,
    });
  }, [chart, trend, shown]);
  return <div class="chart" ref={box} aria-hidden="true" />;
}

function sentence(trend: WatchTrendReply, kind: Kind): string {
  const known = trend.mean.filter((value) => value != null);
  if (!known.length) return "No values of this period yet.";
  const least = Math.min(...trend.lowest.filter((value) => value != null));
  const most = Math.max(...trend.highest.filter((value) => value != null));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const text = (value: number) => valueText(Math.round(value), kind);
  return `From ${moment(trend.time[0]!)} to now between ${text(least)} and ${text(most)}, on average ${text(mean)}.`;
}

export function Trend({ agent, watch, kind }: { agent: number; watch: string; kind: Kind }) {
  const [period, setPeriod] = useState<Period>("24 h");
  const { data, problem } = useLoaded(
    () => call("watch.trend", { agent, watch, from: new Date(serverNow() - PERIODS[period]).toISOString() }),
    [agent, watch, period],
  );
  return (
    <div class="trend">
      <div class="switch" role="group" aria-label={`Period of ${watch}`}>
        {(Object.keys(PERIODS) as Period[]).map((one) => (
          <button key={one} type="button" aria-pressed={one === period} onClick={() => setPeriod(one)}>
            {one}
          </button>
        ))}
      </div>
      {problem && <p class="problem">{problem.message}</p>}
      {data && (
        <>
          {data.mean.some((value) => value != null) && <Plot trend={data} kind={kind} />}
          <p>{sentence(data, kind)}</p>
        </>
      )}
    </div>
  );
}
