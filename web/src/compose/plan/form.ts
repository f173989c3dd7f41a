/** A backup plan while it is put together, and the document that becomes of it. Pure. */
import { plan_classWords, type DocumentBackupPlan } from "contract";

import { emptyForm, formOf, headOf, lines, missing, type Form, type Given } from "../form";

export type PlanClass = (typeof plan_classWords)[number];

export interface Timing {
  on: boolean;
  calendar: string;
  anchor: boolean;
}

export interface PlanForm extends Form {
  paths: string; // a line each, as the next two
  excluded: string;
  databases: string;
  dumps: string; // names
  target: string;
  classes: Record<PlanClass, Timing>;
  zone: string;
  window: string; // hours; "": as agents have it, as the next
  jitter: string; // minutes
  bandwidth: string; // MiB a second; "": what the line gives
  cpu: string; // percent; "": what nobody else wants
}

/** Six days, four weeks, three months (lib/repository/retention.c). Of a week's fulls the first is the weekly one: so it is on Monday. */
const USUAL: Record<PlanClass, Timing> = {
  daily: { on: true, calendar: "Tue..Sun 01:30", anchor: false },
  differential: { on: true, calendar: "*-*-* 13:30", anchor: false },
  weekly: { on: true, calendar: "Mon 01:30", anchor: false },
};

export function emptyPlan(zone: string): PlanForm {
  return {
    ...emptyForm,
    days: "90",
    paths: "/etc\n/home\n/root\n/srv",
    excluded: "",
    databases: "",
    dumps: "",
    target: "",
    classes: USUAL,
    zone,
    window: "",
    jitter: "",
    bandwidth: "",
    cpu: "",
  };
}

const HOUR_S = 3_600;
const MINUTE_S = 60;
const MIB = 1_048_576;

/** A number that may be left out, in the document's unit. */
function amount<K extends string>(key: K, text: string, unit: number): { [key in K]?: number } {
  return (text ? { [key]: Math.round(Number(text) * unit) } : {}) as { [key in K]?: number };
}

function list<K extends string>(key: K, text: string): { [key in K]?: string[] } {
  const found = lines(text).map((line) => line.trim()).filter(Boolean);
  return (found.length ? { [key]: found } : {}) as { [key in K]?: string[] };
}

export function planOf(form: PlanForm, given: Given): DocumentBackupPlan {
  return {
    ...headOf("backup-plan", form, given),
    ...list("paths", form.paths),
    ...list("excluded", form.excluded),
    ...list("databases", form.databases),
    ...list("dumps", form.dumps),
    target: form.target,
    classes: plan_classWords
      .filter((one) => form.classes[one].on)
      .map((one) => ({ class: one, calendar: form.classes[one].calendar.trim(), ...(form.classes[one].anchor && { anchor: true }) })),
    zone: form.zone,
    ...amount("window_s", form.window, HOUR_S),
    ...amount("jitter_s", form.jitter, MINUTE_S),
    ...amount("bandwidth_bytes_s", form.bandwidth, MIB),
    ...amount("cpu_percent", form.cpu, 1),
  };
}

const shown = (value: number | undefined, unit: number) => (value === undefined ? "" : String(value / unit));

export function planForm(plan: DocumentBackupPlan, zone: string): PlanForm {
  const timing = (word: PlanClass): Timing => {
    const found = plan.classes.find((one) => one.class === word);
    return found ? { on: true, calendar: found.calendar, anchor: found.anchor ?? false } : { ...USUAL[word], on: false };
  };
  return {
    ...emptyPlan(zone),
    ...formOf(plan),
    paths: plan.paths?.join("\n") ?? "",
    excluded: plan.excluded?.join("\n") ?? "",
    databases: plan.databases?.join("\n") ?? "",
    dumps: plan.dumps?.join("\n") ?? "",
    target: plan.target,
    classes: { daily: timing("daily"), differential: timing("differential"), weekly: timing("weekly") },
    zone: plan.zone,
    window: shown(plan.window_s, HOUR_S),
    jitter: shown(plan.jitter_s, MINUTE_S),
    bandwidth: shown(plan.bandwidth_bytes_s, MIB),
    cpu: shown(plan.cpu_percent, 1),
  };
}

export function planLacks(form: PlanForm): string {
  const { daily, differential, weekly } = form.classes;
  if (![form.paths, form.databases, form.dumps].some((text) => text.trim())) return "It says nothing that is to be backed up.";
  if (!form.target) return "It does not say where backups go.";
  if (!daily.on && !weekly.on) return differential.on ? "Differentials need fulls: daily or weekly ones." : "It has no class, so nothing is ever due.";
  return missing(form);
}
