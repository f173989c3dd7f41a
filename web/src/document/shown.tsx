/** A document as people judge it, each kind by its own view. */
import { isPlan, isRestore, isTask, type Head } from "./document";
import { Fields } from "./fields";
import { PlanView } from "./plan";
import { RestoreView } from "./restore";
import { TaskView } from "./task";

/** runs: next times of a recurring task. */
export function Shown({ head, runs }: { head: Head; runs: string[] }) {
  if (isTask(head)) return <TaskView task={head} runs={runs} />;
  if (isPlan(head)) return <PlanView plan={head} />;
  if (isRestore(head)) return <RestoreView restore={head} />;
  return <Fields head={head} />;
}
