/**
 * Would an endpoint's owner permit this task? By the policy that its agent told last, as agent/policy_rules.c judges: so that one
 * hears it before people sign. The agent decides, by what its policy is then. Pure.
 */
import type { Form } from "./form";

type Policy = Record<string, unknown>;

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

/** What it would refuse, each in some words. */
export function refusals(form: Form, policy: Policy, frozen: boolean): string[] {
  const rules: [boolean, string][] = [
    [frozen, "it is frozen"],
    [!words(policy.kinds).includes("task"), "it carries out no tasks"],
    [form.what === "script" && policy.scripts !== "on", "it refuses scripts"],
    [!mayUse(form.user, words(policy.users)), `nothing may run as ${form.user}`],
    [Number(form.days) * DAY_S > amount(policy.longest_life), `a document may be good for ${policy.longest_life} at most`],
    [Number(form.timeout) * 60 > amount(policy.time_limit), `a task may take ${policy.time_limit} at most`],
    [Number(form.output) * 1_024 > amount(policy.output_limit), `it keeps ${policy.output_limit} of output at most`],
    [Number(form.memory) * 1_048_576 > amount(policy.memory_limit), `a task may use ${policy.memory_limit} of memory at most`],
  ];
  return rules.filter(([refused]) => refused).map(([, why]) => why);
}

export interface Refusing {
  why: string;
  agents: number[];
}

export interface Told {
  policy: Policy | null; // null: it cannot be understood
  frozen: boolean;
}

/** Whoever trusts a trust file says so. */
const UNTOLD = "it has not said that it trusts a trust file, so it carries nothing out";

/** Agents that would refuse it, by their reason; most first. */
export function refusing(form: Form, told: Map<number, Told | undefined>): Refusing[] {
  const by = new Map<string, number[]>();
  for (const agent of form.agents) {
    if (!told.has(agent)) continue; // asked for just now
    const one = told.get(agent);
    const list = !one ? [UNTOLD] : one.policy ? refusals(form, one.policy, one.frozen) : ["its policy cannot be understood"];
    for (const why of list) by.set(why, [...(by.get(why) ?? []), agent]);
  }
  return [...by].map(([why, agents]) => ({ why, agents })).sort((a, b) => b.agents.length - a.agents.length);
}
