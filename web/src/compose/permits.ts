/**
 * Would an endpoint's owner permit this? By the policy that its agent told last, as agent/policy_rules.c judges: so that one hears it
 * before people sign. The agent decides, by what its policy is then. Pure.
 */
import type { DocumentHead } from "contract";

import type { OwnTarget } from "../backups/targets";
import { lines, type Form } from "./form";
import type { PlanForm } from "./plan/form";
import type { RestoreForm } from "./restore/form";
import type { TaskForm } from "./task/form";

export type Policy = Record<string, unknown>;
/** What a policy refuses, where it does, each in some words. */
type Rules = [refused: boolean, why: string][];

const AGENT_USER = "vedette-agent"; // as its package makes it
const DAY_S = 86_400;

const UNITS: Record<string, number> = { "": 1, s: 1, min: 60, h: 3_600, d: DAY_S, K: 1_024, M: 1_048_576, G: 1_073_741_824 };

/** "90min", "16M"; what it is not said to be is not limited. */
function amount(value: unknown): number {
  const [, number, unit] = /^(\d+)([a-zA-Z]*)$/.exec(typeof value === "string" ? value : "") ?? [];
  return number === undefined ? Infinity : Number(number) * (UNITS[unit!] ?? Infinity);
}

function words(value: unknown): string[] {
  return typeof value === "string" ? value.split(" ") : [];
}

function mayUse(user: string, users: string[]): boolean {
  return users.includes(user) || (users.includes("*") && user !== "root" && user !== AGENT_USER);
}

function ofAny(kind: DocumentHead["kind"], what: string, form: Form, policy: Policy, frozen: boolean): Rules {
  return [
    [frozen, "it is frozen"],
    [!words(policy.kinds).includes(kind), `it carries out no ${what}`],
    [Number(form.days) * DAY_S > amount(policy.longest_life), `a document may be good for ${policy.longest_life} at most`],
  ];
}

const refused = (rules: Rules) => rules.filter(([is]) => is).map(([, why]) => why);

export function refusalsOfTask(form: TaskForm, policy: Policy, frozen: boolean): string[] {
  return refused([
    ...ofAny("task", "tasks", form, policy, frozen),
    [form.what === "script" && policy.scripts !== "on", "it refuses scripts"],
    [!mayUse(form.user, words(policy.users)), `nothing may run as ${form.user}`],
    [Number(form.timeout) * 60 > amount(policy.time_limit), `a task may take ${policy.time_limit} at most`],
    [Number(form.output) * 1_024 > amount(policy.output_limit), `it keeps ${policy.output_limit} of output at most`],
    [Number(form.memory) * 1_048_576 > amount(policy.memory_limit), `a task may use ${policy.memory_limit} of memory at most`],
  ]);
}

/** Each target that these endpoints' owners have, and how many of them do; most first. */
export function targetsOf(told: Map<number, Told | undefined>): { name: string; machines: number }[] {
  const counts = new Map<string, number>();
  for (const one of told.values())
    for (const name of one?.targets.keys() ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, machines]) => ({ name, machines })).sort((a, b) => b.machines - a.machines);
}

/** Names among those of a list, of which * stands for all. What is not said does not restrict: an older agent has no such key. */
function areNamed(names: string[], list: unknown): boolean {
  const said = words(list);
  return typeof list !== "string" || said.includes("*") || names.every((name) => said.includes(name));
}

function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

export function refusalsOfPlan(form: PlanForm, policy: Policy, frozen: boolean): string[] {
  const allowed = words(policy.backup_paths);
  const beyond = lines(`${form.paths}\n${form.databases}`).find((path) => allowed.length && !allowed.some((folder) => isWithin(path.trim(), folder)));
  return refused([
    ...ofAny("backup-plan", "backup plans", form, policy, frozen),
    [beyond !== undefined, `nothing of ${beyond} may be backed up`],
    [!!form.target && !areNamed([form.target], policy.backup_targets), `no plan may send to ${form.target}`],
    [!areNamed(lines(form.dumps), policy.backup_dumps), "not all of these dumps may be made"],
  ]);
}

export function refusalsOfRestore(form: RestoreForm, policy: Policy, frozen: boolean, targets: Told["targets"]): string[] {
  return refused([
    ...ofAny("restore", "restores", form, policy, frozen),
    [!mayUse(form.user.trim(), words(policy.users)), `nothing may be brought back by the rights of ${form.user}`],
    [!!form.target && !targets.has(form.target), `it has told of no target ${form.target}`],
  ]);
}

export interface Refusing {
  why: string;
  agents: number[];
}

export interface Told {
  policy: Policy | null; // null: it cannot be understood
  frozen: boolean;
  targets: Map<string, OwnTarget>;
}

/** Whoever trusts a trust file says so. */
const UNTOLD = "it has not said that it trusts a trust file, so it carries nothing out";

/** Agents that would refuse it, by their reason; most first. */
export function refusing(agents: number[], told: Map<number, Told | undefined>, judge: (policy: Policy, frozen: boolean, targets: Told["targets"]) => string[]): Refusing[] {
  const by = new Map<string, number[]>();
  for (const agent of agents) {
    if (!told.has(agent)) continue; // asked for just now
    const one = told.get(agent);
    const list = !one ? [UNTOLD] : one.policy ? judge(one.policy, one.frozen, one.targets) : ["its policy cannot be understood"];
    for (const why of list) by.set(why, [...(by.get(why) ?? []), agent]);
  }
  return [...by].map(([why, list]) => ({ why, agents: list })).sort((a, b) => b.agents.length - a.agents.length);
}
