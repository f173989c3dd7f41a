/** How far a run, and a document, is: a shape and a word. */
import { document_stateWords, kindRows, run_stateWords, type TaskListReply } from "contract";

import type { RowOf } from "../columns";

export type RunState = (typeof run_stateWords)[number];
export type DocumentState = (typeof document_stateWords)[number];

export const RUN_MEANING: Record<RunState, string> = {
  queued: "waits for its turn",
  delivered: "in the agent's mailbox",
  running: "runs",
  done: "ended well",
  failed: "ended badly",
  refused: "the agent did not do it",
  interrupted: "machine or agent went down within it; it is not repeated by itself",
  expired: "did not reach the agent in time",
  cancelled: "was stopped by people",
};

const RUN_SHAPES: Record<RunState, string> = {
  queued: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9zM6 3a3 3 0 1 0 0 6a3 3 0 1 0 0-6z",
  delivered: "M1 3h10v6.5H1zM2.2 4.2v4h7.6v-4L6 7z",
  running: "M3 1.5 10.5 6 3 10.5z",
  done: "M1.6 6.4 3 5l2 2 4-4.2L10.4 4.2 5 9.8z",
  failed: "M1.4 2.8l1.4-1.4L6 4.6l3.2-3.2 1.4 1.4L7.4 6l3.2 3.2-1.4 1.4L6 7.4l-3.2 3.2-1.4-1.4L4.6 6z",
  refused: "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM2.8 5v2h6.4V5z",
  interrupted: "M2.4 1.5h2.4v9H2.4zM7.2 1.5h2.4v9H7.2z",
  expired: "M2 1h8v1.6L7.4 6 10 9.4V11H2V9.4L4.6 6 2 2.6z",
  cancelled: "M2 2h8v8H2z",
};

export function RunShape({ state }: { state: RunState }) {
  return (
    <svg class={`shape run-${state}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d={RUN_SHAPES[state]} fill-rule="evenodd" />
    </svg>
  );
}

export function RunWord({ state }: { state: RunState }) {
  return (
    <span class={`state run-${state}`} title={RUN_MEANING[state]}>
      <RunShape state={state} />
      <span class="word">{state}</span>
    </span>
  );
}

const DOCUMENT_WORDS: Record<DocumentState, string> = {
  draft: "waits for signatures",
  signed: "signed, not yet in the log",
  logged: "in the log, carried out",
  stopped: "stopped by failures",
  cancelled: "cancelled",
  replaced: "replaced by a newer version",
  expired: "expired",
};

type Task = Pick<RowOf<TaskListReply>, "document_state" | "recurring" | "runs" | "runs_open">;

/** What is done once has ended with its last run; what recurs ends with its time. */
function hasEnded(task: Task): boolean {
  return task.document_state === "logged" && !task.recurring && task.runs > 0 && !task.runs_open;
}

export function documentWords(state: DocumentState, task?: Task): string {
  return task && hasEnded(task) ? "ended" : DOCUMENT_WORDS[state];
}

/** Of these the runs say whether they are over. */
const ONCE = new Set<keyof typeof kindRows>(["task", "restore"]);

/** Whether anything of it may still begin, or goes on; of a task by its runs, once they are known. Of a version that was replaced nothing does: the newer one would be cancelled. */
export function mayCancel(of: { document_kind: keyof typeof kindRows; document_state: DocumentState }, task?: Task): boolean {
  if (!kindRows[of.document_kind].needs.includes("unfrozen")) return false; // what only stops something
  if (of.document_state === "draft" || of.document_state === "signed") return true;
  if (of.document_state === "logged") return !ONCE.has(of.document_kind) || (!!task && !hasEnded(task));
  return (of.document_state === "stopped" || of.document_state === "expired") && !!task?.runs_open;
}

export const ENDED = new Set<RunState>(["done", "failed", "refused", "interrupted", "expired", "cancelled"]);
export const BAD = new Set<RunState>(["failed", "refused", "interrupted", "expired"]);
