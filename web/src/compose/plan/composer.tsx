/** Backup plans. */
import type { DocumentBackupPlan } from "contract";

import type { Composer } from "../composer";
import { refusalsOfPlan } from "../permits";
import { emptyPlan, planForm, planLacks, planOf, type PlanForm } from "./form";
import { How } from "./how";
import { Target } from "./target";
import { What } from "./what";
import { When } from "./when";

export const planComposer: Composer<PlanForm, DocumentBackupPlan> = {
  kind: "backup-plan",
  name: "backup plan",
  empty: emptyPlan,
  again: planForm,
  make: planOf,
  lacks: planLacks,
  refusals: refusalsOfPlan,
  Fields: ({ where, told, form, change, problem }) => (
    <>
      <What form={form} change={change} problem={problem} />
      {where}
      <Target form={form} change={change} problem={problem} told={told} />
      <When form={form} change={change} problem={problem} />
      <How form={form} change={change} problem={problem} />
    </>
  ),
};
