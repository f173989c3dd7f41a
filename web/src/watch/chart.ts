/** The chart of a trend, imported when the first one is looked at: uPlot is half as large as all else. */
import uPlot from "uplot";

const HEIGHT_PX = 180;
const LINE_PX = 1.6;

export interface Series {
  time: number[]; // seconds since 1970
  lowest: (number | null)[];
  mean: (number | null)[];
  highest: (number | null)[];
  unit: string;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(size: number, values?: uPlot.Axis.Values): uPlot.Axis {
  return { stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, size, values };
}

/** Draw it into the element; what is returned takes it away again. The band is between lowest and highest. */
export function draw(into: HTMLElement, { time, lowest, mean, highest, unit }: Series): () => void {
  const accent = colour("--accent");
  const faint = { stroke: "transparent", width: 0, points: { show: false } };
  const plot = new uPlot(
    {
      width: into.clientWidth,
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_, least, most) => [Math.min(0, least), most > least ? most * 1.05 : least + 1] } },
      axes: [axis(32), axis(64, (_, splits) => splits.map((value) => `${value} ${unit}`))],
      series: [{}, { ...faint }, { stroke: accent, width: LINE_PX, points: { show: false } }, { ...faint }],
      bands: [{ series: [3, 1], fill: `color-mix(in srgb, ${accent} 22%, transparent)` }],
    },
    [time, lowest, mean, highest],
    into,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: into.clientWidth, height: HEIGHT_PX }));
  observer.observe(into);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}
