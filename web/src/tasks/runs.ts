/** The runs of a task as the server knows them, by agent, and how each ended in words. */
import type { TaskShowReply } from "contract";

import { call } from "../call";
import { rowsOf, type RowOf } from "../columns";

export type Run = RowOf<TaskShowReply>;

const RUNS_MOST = 10_000; // shown; a task for more is watched by its counts
const PAGE = 2_000;

export interface Shown {
  task: TaskShowReply;
  runs: Run[];
}

export async function loadRuns(document: string): Promise<Shown> {
  const task = await call("task.show", { document, limit: PAGE });
  const runs = rowsOf(task, "agent");
  for (let page = runs; page.length === PAGE && runs.length < RUNS_MOST; ) {
    page = rowsOf(await call("task.show", { document, limit: PAGE, after: page[PAGE - 1]!.agent }), "agent");
    runs.push(...page);
  }
  return { task, runs };
}

/** "exit status 1", "ended by signal 9", "policy-user: …" */
export function how(run: Pick<Run, "run_state" | "exit_status" | "signal" | "code" | "reason">): string {
  if (run.signal) return `ended by signal ${run.signal}`;
  if (run.exit_status) return `exit status ${run.exit_status}`;
  if (run.reason) return run.reason;
  return run.code ?? "";
}
