/** A task while it is put together, and the document that becomes of it. Pure. */
import type { DocumentSchedule, DocumentTask, DocumentVariable } from "contract";

import { emptyForm, formOf, headOf, lines, missing, type Form, type Given } from "../form";

export interface TaskForm extends Form, DocumentSchedule {
  what: "script" | "command";
  interpreter: string; // its words
  body: string;
  argv: string; // an argument a line
  user: string;
  parameters: DocumentVariable[];
  when: "once" | "calendar";
  consent: DocumentTask["consent"];
  timeout: string; // minutes
  output: string; // KiB
  memory: string; // MiB; "": as the endpoint's policy says
  rings: boolean;
  canary: string;
  ring: string;
  stop_failures: string;
}

export function emptyTask(zone: string): TaskForm {
  return {
    ...emptyForm,
    what: "script",
    interpreter: "/bin/sh -eu",
    body: "",
    argv: "",
    user: "nobody",
    parameters: [],
    when: "once",
    calendar: "Mon..Fri 18:30",
    zone,
    missed: "skip",
    consent: "none",
    timeout: "10",
    output: "256",
    memory: "",
    rings: false,
    canary: "1",
    ring: "10",
    stop_failures: "1",
  };
}

function command(form: TaskForm): Pick<DocumentTask, "argv" | "script"> {
  if (form.what === "command") return { argv: lines(form.argv) };
  const body = form.body.endsWith("\n") ? form.body : `${form.body}\n`;
  return { script: { interpreter: form.interpreter.split(/\s+/).filter(Boolean), body } };
}

export function taskOf(form: TaskForm, given: Given): DocumentTask {
  const parameters = form.parameters.filter((one) => one.name);
  return {
    ...headOf("task", form, given),
    ...command(form),
    user: form.user,
    ...(parameters.length && { environment: parameters }),
    timeout_s: Math.round(Number(form.timeout) * 60),
    output_limit_bytes: Math.round(Number(form.output) * 1024),
    ...(form.memory && { memory_limit_bytes: Math.round(Number(form.memory) * 1_048_576) }),
    ...(form.when === "calendar" && { schedule: { calendar: form.calendar.trim(), zone: form.zone, missed: form.missed } }),
    consent: form.consent,
    ...(form.rings && { rollout: { canary: Number(form.canary), ring: Number(form.ring), stop_failures: Number(form.stop_failures) } }),
  };
}

export function taskForm(task: DocumentTask, zone: string): TaskForm {
  return {
    ...emptyTask(zone),
    ...formOf(task),
    what: task.script ? "script" : "command",
    ...(task.script && { interpreter: task.script.interpreter.join(" "), body: task.script.body }),
    argv: task.argv?.join("\n") ?? "",
    user: task.user,
    parameters: task.environment ?? [],
    when: task.schedule ? "calendar" : "once",
    ...task.schedule,
    consent: task.consent,
    timeout: String(task.timeout_s / 60),
    output: String(task.output_limit_bytes / 1024),
    memory: task.memory_limit_bytes ? String(task.memory_limit_bytes / 1_048_576) : "",
    rings: !!task.rollout,
    ...(task.rollout && {
      canary: String(task.rollout.canary),
      ring: String(task.rollout.ring),
      stop_failures: String(task.rollout.stop_failures),
    }),
  };
}

export function taskLacks(form: TaskForm): string {
  if (form.what === "script" && !form.body.trim()) return "The script is empty.";
  if (form.what === "command" && !form.argv.trim()) return "There is no program to run.";
  return missing(form);
}
