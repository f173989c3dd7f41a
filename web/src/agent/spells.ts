/** From transitions to spells: stretches of time in one state. */
import type { AgentHistoryReply } from "contract";

import type { State } from "../fleet/fleet";

export interface Spell {
  from: number;
  to: number;
  state: State | null; // null: not known, as before the enrolment
}

/** Cut into [from, to]. Transitions before `from` only tell in which state the period begins. */
export function spells(reply: AgentHistoryReply, from: number, to: number): Spell[] {
  const found: Spell[] = [];
  let since = from;
  let state: State | null = null;
  const change = (at: number, next: State | null) => {
    const last = found[found.length - 1];
    if (at > since && last?.state === state) last.to = at;
    else if (at > since) found.push({ from: since, to: at, state });
    since = at;
    state = next;
  };
  reply.time.forEach((time, i) => change(Math.min(Math.max(Date.parse(time), since), to), reply.state[i]!));
  change(to, null);
  return found;
}

export interface Sum {
  state: State | null;
  ms: number;
  times: number;
}

/** Time in each state, longest first. */
export function sums(list: Spell[]): Sum[] {
  const by = new Map<State | null, Sum>();
  for (const { state, from, to } of list) {
    const sum = by.get(state) ?? { state, ms: 0, times: 0 };
    sum.ms += to - from;
    sum.times++;
    by.set(state, sum);
  }
  return [...by.values()].sort((a, b) => b.ms - a.ms);
}
