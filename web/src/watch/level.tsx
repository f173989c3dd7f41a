/** A level as people see it: a shape and a word, so that colour is never the only sign. */
import type { WatchListReply } from "contract";

export type Level = WatchListReply["level"][number];

/** The states of agents lend their colours. */
const LOOKS: Record<Level, { as: string; path: string }> = {
  ok: { as: "online", path: "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10z" },
  warning: { as: "late", path: "M6 1l5.2 9.6H.8z" },
  critical: { as: "offline", path: "M1.4 1.4h9.2v9.2h-9.2z" },
  unknown: { as: "never", path: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9zM6 3a3 3 0 1 0 0 6a3 3 0 1 0 0-6z" },
};

export function LevelWord({ level }: { level: Level }) {
  const { as, path } = LOOKS[level];
  return (
    <span class={`state is-${as}`}>
      <svg class={`shape is-${as}`} viewBox="0 0 12 12" aria-hidden="true">
        <path d={path} fill-rule="evenodd" />
      </svg>
      <span class="word">{level}</span>
    </span>
  );
}
