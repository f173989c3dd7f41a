/** Presence over the last day or week: a strip for the eye, sentences and a table for everybody. */
import type { AgentGetReply } from "contract";
import { useEffect, useState } from "preact/hooks";

import { call } from "../call";
import { exactSpan, moment, serverNow } from "../clock";
import type { State } from "../fleet/fleet";
import { Moment } from "../parts/age";
import { useLoaded } from "../parts/loaded";
import { StateWord } from "../parts/state";
import { spells, sums, type Spell } from "./spells";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const PERIODS = {
  day: { text: "24 h", length: DAY },
  week: { text: "7 d", length: 7 * DAY },
};

const REFRESH_MS = 60_000;
/** Between marks below the strip: the first with which there are no more than so many. */
const STEPS = [60_000, 5 * 60_000, 15 * 60_000, HOUR, 3 * HOUR, DAY];
const MARKS_MOST = 9;

type Period = keyof typeof PERIODS;

const LIST_MOST = 50;

interface History {
  from: number;
  to: number;
  spells: Spell[];
}

export function Presence({ agent, state }: { agent: AgentGetReply; state: State }) {
  const [period, setPeriod] = useState<Period>("day");
  const { data, problem, again } = useLoaded(async (): Promise<History> => {
    const to = serverNow();
    const from = Math.max(to - PERIODS[period].length, Date.parse(agent.enrolled_at));
    const reply = await call("agent.history", { agent: agent.agent, from: new Date(from).toISOString() });
    return { from, to, spells: spells(reply, from, to) };
  }, [agent.agent, period, state]);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void again(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <section class="panel presence" aria-labelledby="presence">
      <header>
        <h2 id="presence">Presence</h2>
        <div class="switch" role="group" aria-label="Period">
          {(Object.keys(PERIODS) as Period[]).map((one) => (
            <button key={one} type="button" aria-pressed={one === period} onClick={() => setPeriod(one)}>
              {PERIODS[one].text}
            </button>
          ))}
        </div>
      </header>
      {problem && <p class="problem">{problem.message}</p>}
      {data && (
        <>
          <Strip {...data} />
          <Sentences {...data} />
          <Changes spells={data.spells} />
        </>
      )}
    </section>
  );
}

const STRIP_PX = 44;

/** Bars differ in height as well as in colour: how much of the strip stays empty. */
const EMPTY_ABOVE: Record<State | "unknown", number> = {
  online: 0,
  updating: 6,
  maintenance: 10,
  late: 18,
  goodbye: 30,
  offline: 26,
  never: 40,
  retired: 40,
  unknown: 42,
};

function Strip({ from, to, spells }: History) {
  const x = (time: number) => ((time - from) / (to - from)) * 1000;
  const step = STEPS.find((one) => (to - from) / one <= MARKS_MOST) ?? DAY;
  const marks: number[] = [];
  for (let time = new Date(from).setHours(0, 0, 0, 0); time < to; time += step) if (time > from) marks.push(time);
  return (
    <div class="strip">
      <svg viewBox={`0 0 1000 ${STRIP_PX}`} preserveAspectRatio="none" aria-hidden="true">
        {spells.map((spell) => {
          const kind = spell.state ?? "unknown";
          const top = EMPTY_ABOVE[kind];
          const width = Math.max(2, x(spell.to) - x(spell.from)); // a short outage must be seen
          return <rect key={spell.from} class={`is-${kind}`} x={x(spell.from)} y={top} width={width} height={STRIP_PX - top} />;
        })}
      </svg>
      <div class="scale" aria-hidden="true">
        {marks.map((time) => (
          <span key={time} style={{ left: `${x(time) / 10}%` }}>
            {markWords(time, step)}
          </span>
        ))}
      </div>
    </div>
  );
}

function markWords(time: number, step: number): string {
  const date = new Date(time);
  if (step < DAY) return date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return date.toLocaleDateString(undefined, { weekday: "short", day: "numeric" });
}

function Sentences({ from, to, spells }: History) {
  const parts = sums(spells).map(({ state, ms, times }) => {
    const percent = (100 * ms) / (to - from);
    const share = percent > 99.95 ? "all the time" : percent >= 0.1 ? `${percent.toFixed(1)} %` : exactSpan(ms);
    return `${state ?? "not known"} ${share}${times > 1 && state !== "online" ? ` in ${times} spells` : ""}`;
  });
  return (
    <p>
      {`From ${moment(from)} to now: `}
      {parts.join(", ")}.
    </p>
  );
}

function Changes({ spells }: { spells: Spell[] }) {
  const changes = spells.filter((spell) => spell.state).reverse();
  return (
    <details>
      <summary>
        {changes.length === 1 ? "1 spell" : `${changes.length} spells`}
        {changes.length > LIST_MOST && `, the last ${LIST_MOST}`}
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">State</th>
            <th scope="col">For</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, LIST_MOST).map((spell) => (
            <tr key={spell.from}>
              <td>
                <Moment time={new Date(spell.from).toISOString()} />
              </td>
              <td>
                <StateWord state={spell.state!} />
              </td>
              <td>{exactSpan(spell.to - spell.from)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
