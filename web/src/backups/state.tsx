/** How far a backup is: a shape and a word, those of tasks' runs where they mean the same. */
import type { backup_stateWords } from "contract";

import { RunShape, type RunState } from "../tasks/doing";

export type BackupState = (typeof backup_stateWords)[number];

const LOOKS: Record<BackupState, RunState> = {
  ordered: "queued",
  sent: "delivered",
  taken: "delivered",
  waiting: "queued",
  running: "running",
  done: "done",
  failed: "failed",
  refused: "refused",
  missed: "expired",
};

const MEANING: Record<BackupState, string> = {
  ordered: "its order goes into the log first",
  sent: "in the agent's mailbox",
  taken: "the agent has it",
  waiting: "for hours that the machine's owner allows, or for a backup that runs",
  running: "runs",
  done: "its commit is on the target, and is the agent's",
  failed: "ended without a commit",
  refused: "the agent did not begin it",
  missed: "was not begun in its time",
};

export const BAD = new Set<BackupState>(["failed", "refused", "missed"]);
export const UNDER_WAY = new Set<BackupState>(["ordered", "sent", "taken", "waiting", "running"]);

export function BackupWord({ state }: { state: BackupState }) {
  return (
    <span class={`state run-${LOOKS[state]}`} title={MEANING[state]}>
      <RunShape state={LOOKS[state]} />
      <span class="word">{state}</span>
    </span>
  );
}
