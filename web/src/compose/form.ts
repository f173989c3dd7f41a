/** A task while it is put together, and the document that becomes of it. Pure. */
import type { DocumentTask, DocumentTarget } from "contract";

export interface Form {
  title: string;
  what: "script" | "command";
  interpreter: string; // its words
  body: string;
  argv: string; // an argument a line
  user: string;
  parameters: { name: string; value: string }[];
  to: "agents" | "place";
  agents: number[];
  tenant: string;
  site: string;
  when: "once" | "calendar";
  not_before: string; // as an <input type="datetime-local"> has it; "": at once
  days: string; // for how long it is good
  calendar: string;
  zone: string;
  missed: "skip" | "once";
  consent: "none" | "notify" | "ask";
  timeout: string; // minutes
  output: string; // KiB
  memory: string; // MiB; "": as the endpoint's policy says
  rings: boolean;
  canary: string;
  ring: string;
  stop_failures: string;
}

export const AGENTS_MOST = 1_000; // more are named by their tenant or site

export function emptyForm(zone: string): Form {
  return {
    title: "",
    what: "script",
    interpreter: "/bin/sh -eu",
    body: "",
    argv: "",
    user: "nobody",
    parameters: [],
    to: "agents",
    agents: [],
    tenant: "",
    site: "",
    when: "once",
    not_before: "",
    days: "7",
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

export type Key = Pick<DocumentTarget, "fingerprint" | "agent" | "name">;

export interface Given {
  deployment: string;
  document: string;
  version: number;
  now: number; // server's clock
  keys: Map<number, Key | undefined>; // of the chosen agents
}

const DAY_MS = 86_400_000;

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

/** Seconds are enough for people who read it. */
export function stamp(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

function targets(form: Form, keys: Given["keys"]): Pick<DocumentTask, "targets" | "tenant" | "site"> {
  if (form.to === "place") return { tenant: form.tenant, ...(form.site && { site: form.site }) };
  return { targets: form.agents.map((agent) => keys.get(agent)!) };
}

function command(form: Form): Pick<DocumentTask, "argv" | "script"> {
  if (form.what === "command") return { argv: lines(form.argv) };
  const body = form.body.endsWith("\n") ? form.body : `${form.body}\n`;
  return { script: { interpreter: form.interpreter.split(/\s+/).filter(Boolean), body } };
}

export function taskOf(form: Form, given: Given): DocumentTask {
  const begins = form.not_before ? Date.parse(form.not_before) : given.now;
  const parameters = form.parameters.filter((one) => one.name);
  return {
    deployment: given.deployment,
    document: given.document,
    kind: "task",
    version: given.version,
    title: form.title.trim(),
    made_at: stamp(given.now),
    not_before: stamp(begins),
    expires: stamp(begins + Number(form.days) * DAY_MS),
    ...targets(form, given.keys),
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

/** For a new version of a task: the form as it would have been filled in. */
export function formOf(task: DocumentTask, zone: string): Form {
  const life = (Date.parse(task.expires) - Date.parse(task.not_before)) / DAY_MS;
  return {
    ...emptyForm(zone),
    title: task.title,
    what: task.script ? "script" : "command",
    ...(task.script && { interpreter: task.script.interpreter.join(" "), body: task.script.body }),
    argv: task.argv?.join("\n") ?? "",
    user: task.user,
    parameters: task.environment ?? [],
    to: task.targets ? "agents" : "place",
    agents: task.targets?.map((one) => one.agent ?? 0).filter(Boolean) ?? [],
    tenant: task.tenant ?? "",
    site: task.site ?? "",
    when: task.schedule ? "calendar" : "once",
    days: String(Math.max(1, Math.round(life))),
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

/** What is still missing, in words; "": it can be put down. The server judges the rest, field by field. */
export function missing(form: Form): string {
  if (!form.title.trim()) return "It has no title.";
  if (form.what === "script" && !form.body.trim()) return "The script is empty.";
  if (form.what === "command" && !form.argv.trim()) return "There is no program to run.";
  if (form.to === "agents" && !form.agents.length) return "No agent is chosen.";
  if (form.to === "agents" && form.agents.length > AGENTS_MOST) return `More than ${AGENTS_MOST} agents: choose their tenant or site instead.`;
  if (form.to === "place" && !form.tenant) return "No tenant is chosen.";
  return "";
}
