/** The runs of a task as the server knows them, by agent, and how each ended in words. */
import type { TaskShowReply } from "contract";
import { useEffect } from "preact/hooks";

import { call } from "../call";
import { rowsOf, type RowOf } from "../columns";
import { useEvents, useLoaded, type Loaded } from "../parts/loaded";
import { concernsTasks } from "./concerns";

export type Run = RowOf<TaskShowReply>;

const REFRESH_MS = 5_000; // states that no event tells: queued, delivered
const RUNS_MOST = 10_000; // shown; a task for more is watched by its counts
const PAGE = 2_000;

/** A task, or another document, in one of its versions. */
export type Version = Pick<TaskShowReply, "document" | "document_version">;

export interface Shown {
  task: TaskShowReply;
  runs: Run[];
}

async function loadRuns({ document, document_version }: Version): Promise<Shown> {
  const task = await call("task.show", { document, document_version, limit: PAGE });
  const runs = rowsOf(task, "agent");
  for (let page = runs; page.length === PAGE && runs.length < RUNS_MOST; ) {
    page = rowsOf(await call("task.show", { document, document_version, limit: PAGE, after: page[PAGE - 1]!.agent }), "agent");
    runs.push(...page);
  }
  return { task, runs };
}

/** Those of a task, as they go on; of nothing: null. */
export function useRuns(of: Version | null): Loaded<Shown | null> {
  const loaded = useLoaded(async () => of && loadRuns(of), [of?.document, of?.document_version]);
  const open = !!loaded.data && loaded.data.task.runs_open > 0;
  useEvents((event) => !!of && concernsTasks(event), () => void loaded.again(), [loaded.again]);
  useEffect(() => {
    const timer = open ? setInterval(() => document.hidden || void loaded.again(), REFRESH_MS) : 0;
    return () => clearInterval(timer);
  }, [open, loaded.again]);
  return loaded;
}

/** "exit status 1", "ended by signal 9", "policy-user: …" */
export function how(run: Pick<Run, "run_state" | "exit_status" | "signal" | "code" | "reason">): string {
  if (run.signal) return `ended by signal ${run.signal}`;
  if (run.exit_status) return `exit status ${run.exit_status}`;
  if (run.reason) return run.reason;
  return run.code ?? "";
}
