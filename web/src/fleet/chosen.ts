/** Which agents an operator has chosen for an action on all of them; kept while one looks at one of them and comes back. */
import { Cell } from "../cell";

export const chosen = new Cell<ReadonlySet<number>>(new Set());

export function choose(agents: Iterable<number>, on: boolean): void {
  const next = new Set(chosen.value);
  for (const agent of agents) on ? next.add(agent) : next.delete(agent);
  chosen.set(next);
}

export function chooseNone(): void {
  chosen.set(new Set());
}
