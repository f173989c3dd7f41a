/** A state as people see it: a shape and a word, so that colour is never the only sign. */
import type { State } from "../fleet/fleet";

const SHAPES: Record<State, string> = {
  never: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z",
  online: "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10z",
  late: "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM6 2.6v6.8a3.4 3.4 0 0 0 0-6.8z",
  offline: "M1.4 1.4h9.2v9.2h-9.2z",
  goodbye: "M1 4.9h10v2.2H1z",
  updating: "M6 1l5.2 9.6H.8z",
  maintenance: "M2 1.2h2.9v9.6H2zM7.1 1.2H10v9.6H7.1z",
  retired: "M1.4 2.8l1.4-1.4L6 4.6l3.2-3.2 1.4 1.4L7.4 6l3.2 3.2-1.4 1.4L6 7.4l-3.2 3.2-1.4-1.4L4.6 6z",
};

export const STATE_MEANING: Record<State, string> = {
  never: "enrolled, but no heartbeat yet",
  online: "heartbeats arrive",
  late: "no heartbeat for 20 s",
  offline: "no heartbeat for 45 s",
  goodbye: "stopped cleanly, and said so",
  updating: "being updated, and said so",
  maintenance: "silence is expected, and raises no alert",
  retired: "refused for ever",
};

export function Shape({ state }: { state: State }) {
  return (
    <svg class={`shape is-${state}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d={SHAPES[state]} fill-rule="evenodd" />
    </svg>
  );
}

export function StateWord({ state }: { state: State }) {
  return (
    <span class={`state is-${state}`} title={STATE_MEANING[state]}>
      <Shape state={state} />
      <span class="word">{state}</span>
    </span>
  );
}

/** States in the order in which a filter offers them. */
export const STATE_ORDER: State[] = ["online", "late", "offline", "goodbye", "updating", "maintenance", "never", "retired"];
