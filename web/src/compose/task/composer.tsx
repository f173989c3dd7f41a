/** Tasks. */
import type { DocumentTask } from "contract";

import type { Composer } from "../composer";
import { refusalsOfTask } from "../permits";
import { emptyTask, taskForm, taskLacks, taskOf, type TaskForm } from "./form";
import { How } from "./how";
import { What } from "./what";
import { When } from "./when";

export const taskComposer: Composer<TaskForm, DocumentTask> = {
  kind: "task",
  name: "task",
  empty: emptyTask,
  again: taskForm,
  make: taskOf,
  lacks: taskLacks,
  refusals: refusalsOfTask,
  Fields: ({ where, form, change, problem }) => (
    <>
      <What form={form} change={change} problem={problem} />
      {where}
      <When form={form} change={change} problem={problem} />
      <How form={form} change={change} problem={problem} />
    </>
  ),
};
