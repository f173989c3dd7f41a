/** Plans as people see them: one for all machines that it is for, and what is worst and oldest among these. Pure. */
import type { PlanListReply } from "contract";

import type { RowOf } from "../columns";
import { BAD } from "./state";

export type OnMachine = RowOf<PlanListReply>;

export interface Plan {
  document: string;
  document_version: number;
  title: string;
  backup_target: string;
  machines: OnMachine[];
}

export function plansOf(rows: OnMachine[]): Plan[] {
  const found = new Map<string, Plan>();
  for (const row of rows) {
    const { document, document_version, title, backup_target } = row;
    const plan = found.get(document) ?? { document, document_version, title, backup_target, machines: [] };
    plan.machines.push(row);
    found.set(document, plan);
  }
  return [...found.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
}

/** Those that went wrong first, and of these the oldest. */
export function worstFirst(rows: OnMachine[]): OnMachine[] {
  const rank = (row: OnMachine) => (row.backup_state && BAD.has(row.backup_state) ? 0 : row.done_at ? 2 : 1);
  return [...rows].sort((a, b) => rank(a) - rank(b) || ((a.done_at ?? "") < (b.done_at ?? "") ? -1 : 1));
}

/** "3 done, 1 failed" */
export function stateWords(machines: OnMachine[]): string {
  const counts = new Map<string, number>();
  for (const { backup_state } of machines) counts.set(backup_state ?? "none yet", (counts.get(backup_state ?? "none yet") ?? 0) + 1);
  return [...counts].map(([state, count]) => (machines.length === 1 ? state : `${count} ${state}`)).join(", ");
}

export function earliest(times: (string | null)[]): string | null {
  const known = times.filter((time): time is string => !!time).sort();
  return known[0] ?? null;
}
