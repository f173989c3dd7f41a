/** The alerts of this tab: loaded whole, and again whenever one opens or resolves. */
import type { AlertListReply } from "contract";

import { call } from "./call";
import { Cell } from "./cell";
import { onEvent, onReset } from "./stream";

export interface Alert {
  alert: number;
  kind: AlertListReply["kind"][number];
  sev: number;
  open: boolean;
  tenant: string | null;
  site: string | null;
  agent: number | null;
  reason: string;
  opened_at: string;
  resolved_at: string | null;
}

export const alerts = new Cell<Alert[] | null>(null);
export const alertCount = new Cell(0);
export const alertProblem = new Cell("");

const SOON_MS = 200; // a burst of alerts asks once

function fromColumns(reply: AlertListReply): Alert[] {
  return reply.alert.map((alert, i) => ({
    alert,
    kind: reply.kind[i]!,
    sev: reply.sev[i]!,
    open: reply.open[i]!,
    tenant: reply.tenant[i] ?? null,
    site: reply.site[i] ?? null,
    agent: reply.agent[i] ?? null,
    reason: reply.reason[i]!,
    opened_at: reply.opened_at[i]!,
    resolved_at: reply.resolved_at[i] ?? null,
  }));
}

export async function loadAlerts(): Promise<void> {
  try {
    const found = fromColumns(await call("alert.list", {}));
    alerts.set(found);
    alertCount.set(found.filter((one) => one.open).length);
    alertProblem.set("");
  } catch (problem) {
    alertProblem.set((problem as Error).message);
  }
}

export function followAlerts(): () => void {
  let timer = 0;
  const soon = () => {
    if (!timer) timer = setTimeout(() => ((timer = 0), void loadAlerts()), SOON_MS);
  };
  const offEvent = onEvent((event) => event.type.startsWith("alert.") && soon());
  const offReset = onReset(soon);
  void loadAlerts();
  return () => {
    clearTimeout(timer);
    offEvent();
    offReset();
    alerts.set(null);
    alertCount.set(0);
  };
}
