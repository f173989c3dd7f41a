/** How many entries match, by time and severity: drag over it to look closer, or use the table of the same numbers. */
import type { LogHistogramReply } from "contract";
import { useEffect, useRef, useState } from "preact/hooks";

import { call } from "../call";
import { moment, serverNow } from "../clock";
import { useLoaded } from "../parts/loaded";
import { Table } from "../parts/table";
import { period, request, type Query } from "./query";

const BARS_MOST = 90;
const HEIGHT_PX = 56;
const REFRESH_MS = 10_000;
const BUCKETS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800];
const CLICK_PX = 4; // less is no drag
const NUMBER = new Intl.NumberFormat("en");

export interface Bar {
  time: number;
  sevs: [number, number, number, number]; // severity 1 first
  total: number;
}

export interface Bars {
  from: number;
  to: number;
  bucket: number; // milliseconds
  list: Bar[]; // only those with entries
  total: number;
  cutAt?: string;
}

/** Lengths that people think in; no more than so many bars. */
export function bucketFor(length_ms: number): number {
  return BUCKETS_S.find((seconds) => length_ms / (seconds * 1000) <= BARS_MOST) ?? BUCKETS_S[BUCKETS_S.length - 1]!;
}

export function bars(reply: LogHistogramReply, from: number, to: number): Bars {
  const bucket = reply.bucket_s * 1000;
  const list: Bar[] = [];
  reply.time.forEach((time, i) => {
    const at = Date.parse(time);
    let bar = list[list.length - 1];
    if (bar?.time !== at) list.push((bar = { time: at, sevs: [0, 0, 0, 0], total: 0 }));
    bar.sevs[reply.sev[i]! - 1]! += reply.entries[i]!;
    bar.total += reply.entries[i]!;
  });
  const first = from || (list[0]?.time ?? to - bucket);
  const start = Math.floor(first / bucket) * bucket;
  const end = Math.max(start + bucket, Math.floor(to / bucket) * bucket + bucket);
  return { from: start, to: end, bucket, list, total: list.reduce((sum, bar) => sum + bar.total, 0), cutAt: reply.cut_at };
}

interface Props {
  query: Query;
  tenant: string;
  live: boolean;
  narrow: (from: number, to: number) => void;
  children: preact.ComponentChildren;
}

export function Histogram({ query, tenant, live, narrow, children }: Props) {
  const { data, problem, again } = useLoaded(async () => {
    const now = serverNow();
    const { from, to } = period(query, now);
    const asked = request(query, now);
    if (tenant) asked.tenant = tenant;
    const end = Math.min(to, now);
    const reply = await call("log.histogram", { ...asked, bucket_s: from ? bucketFor(end - from) : undefined });
    return bars(reply, from, end);
  }, [JSON.stringify(query), tenant]);
  useEffect(() => {
    const timer = live ? setInterval(() => document.hidden || void again(), REFRESH_MS) : 0;
    return () => clearInterval(timer);
  }, [live, again]);
  return (
    <section class="panel histogram" aria-label="Entries by time">
      <div class="legend">
        <p role="status">{data && `${NUMBER.format(data.total)} ${data.total === 1 ? "entry" : "entries"}`}</p>
        {children}
      </div>
      {problem && <p class="problem">{problem.message}</p>}
      {data?.cutAt && <p class="note">There are too many to count in a second: complete back to {moment(data.cutAt)} only.</p>}
      {data && <Chart of={data} narrow={narrow} />}
      {data && data.list.length > 0 && <Numbers of={data} narrow={narrow} />}
    </section>
  );
}

function Chart({ of, narrow }: { of: Bars; narrow: (from: number, to: number) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null); // parts of the width
  const { from, to, bucket, list } = of;
  const most = Math.max(1, ...list.map((bar) => bar.total));
  const x = (time: number) => ((time - from) / (to - from)) * 1000;
  const width = (bucket / (to - from)) * 1000;
  const partOf = (event: PointerEvent) => {
    const { left, width } = box.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  const down = (event: PointerEvent) => {
    if (event.button) return;
    box.current!.setPointerCapture(event.pointerId);
    setDrag([partOf(event), partOf(event)]);
  };
  const up = (event: PointerEvent) => {
    if (!drag) return;
    setDrag(null);
    const [a, b] = [Math.min(drag[0], partOf(event)), Math.max(drag[0], partOf(event))];
    const timeAt = (part: number) => from + part * (to - from);
    if ((b - a) * box.current!.clientWidth >= CLICK_PX) return narrow(timeAt(a), timeAt(b));
    const clicked = list.find((bar) => timeAt(a) >= bar.time && timeAt(a) < bar.time + bucket);
    if (clicked) narrow(clicked.time, clicked.time + bucket - 1);
  };
  return (
    <div
      ref={box}
      class="chart"
      aria-hidden="true"
      onPointerDown={down}
      onPointerMove={(event) => drag && setDrag([drag[0], partOf(event)])}
      onPointerUp={up}
      onPointerCancel={() => setDrag(null)}
    >
      <svg viewBox={`0 0 1000 ${HEIGHT_PX}`} preserveAspectRatio="none">
        {list.map((bar) => (
          <Stack key={bar.time} bar={bar} x={x(bar.time)} width={width} most={most} />
        ))}
        {drag && <rect class="brush" x={Math.min(...drag) * 1000} width={Math.abs(drag[1] - drag[0]) * 1000} height={HEIGHT_PX} />}
      </svg>
      <div class="ends">
        <span>{moment(from)}</span>
        <span>{moment((from + to) / 2)}</span>
        <span>{moment(to)}</span>
      </div>
    </div>
  );
}

const LEAST_PX = 2; // one of a thousand must still be seen

function Stack({ bar, x, width, most }: { bar: Bar; x: number; width: number; most: number }) {
  let y = HEIGHT_PX;
  return (
    <g>
      <title>{`${moment(bar.time)}: ${NUMBER.format(bar.total)}`}</title>
      <rect class="hit" x={x} width={width} height={HEIGHT_PX} />
      {bar.sevs.map((entries, i) => {
        if (!entries) return null;
        const height = Math.max(LEAST_PX, (entries / most) * (HEIGHT_PX - 4));
        y -= height;
        return <rect key={i} class={`s${i + 1}`} x={x + width * 0.1} y={Math.max(0, y)} width={width * 0.8} height={height} />;
      })}
    </g>
  );
}

const TABLE_MOST = 100;

function Numbers({ of, narrow }: { of: Bars; narrow: (from: number, to: number) => void }) {
  return (
    <details>
      <summary>The same as a table</summary>
      <Table label="Entries by time, as a table" heads={["From", "Critical", "Outage", "Degraded", "Notice"]} actions>
        {of.list.slice(-TABLE_MOST).reverse().map((bar) => (
          <tr key={bar.time}>
            <td data-th="From">{moment(bar.time)}</td>
            <td data-th="Critical">{bar.sevs[0]}</td>
            <td data-th="Outage">{bar.sevs[1]}</td>
            <td data-th="Degraded">{bar.sevs[2]}</td>
            <td data-th="Notice">{bar.sevs[3]}</td>
            <td>
              <button type="button" onClick={() => narrow(bar.time, bar.time + of.bucket - 1)}>
                Only these<span class="hidden"> from {moment(bar.time)}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </details>
  );
}
