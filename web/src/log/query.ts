/** What is asked of the log: in the address, to the portal, and of an entry that comes live. */
import type { LogSearchRequest } from "contract";

import { agentOf, type Entry } from "./entry";

export interface Query {
  range: string; // a preset, or "" for from and to
  from: string; // RFC 3339
  to: string;
  classes: string; // separated by blanks; "": all that one may read
  sev: string; // 1-4; "": all
  type: string;
  tenant: string;
  agent: string;
  actor: string;
  text: string;
}

export const RANGES: Record<string, { text: string; ms: number }> = {
  "15m": { text: "15 minutes", ms: 900_000 },
  "1h": { text: "1 hour", ms: 3_600_000 },
  "6h": { text: "6 hours", ms: 21_600_000 },
  "24h": { text: "24 hours", ms: 86_400_000 },
  "7d": { text: "7 days", ms: 604_800_000 },
  "30d": { text: "30 days", ms: 2_592_000_000 },
  all: { text: "everything", ms: 0 },
};

const DEFAULT_RANGE = "24h";

export const EVERYTHING: Query = {
  range: DEFAULT_RANGE, from: "", to: "", classes: "", sev: "", type: "", tenant: "", agent: "", actor: "", text: "",
};

const NAMES = Object.keys(EVERYTHING) as (keyof Query)[];

/** From "class=…&…": what is not understood is left out. */
export function readQuery(search: string): Query {
  const given = new URLSearchParams(search);
  const query = { ...EVERYTHING };
  for (const name of NAMES) query[name] = given.get(name) ?? query[name];
  if (given.has("from") || given.has("to")) query.range = "";
  else if (!(query.range in RANGES)) query.range = DEFAULT_RANGE;
  for (const name of ["from", "to"] as const) if (Number.isNaN(Date.parse(query[name]))) query[name] = "";
  if (!/^[1-4]$/.test(query.sev)) query.sev = "";
  if (!/^[1-9]\d{0,9}$/.test(query.agent)) query.agent = "";
  return query;
}

/** Shortest form: what is as always is not said. */
export function writeQuery(query: Query): string {
  const said = NAMES.filter((name) => query[name] !== EVERYTHING[name] && (name !== "range" || query.range));
  return new URLSearchParams(said.map((name) => [name, query[name]])).toString();
}

export interface Period {
  from: number; // 0: from the beginning
  to: number; // Infinity: now, and what comes
}

export function period(query: Query, now: number): Period {
  if (query.range) return { from: query.range === "all" ? 0 : now - RANGES[query.range]!.ms, to: Infinity };
  return { from: query.from ? Date.parse(query.from) : 0, to: query.to ? Date.parse(query.to) : Infinity };
}

export function request(query: Query, now: number): LogSearchRequest {
  const { from, to } = period(query, now);
  return {
    from: from ? new Date(from).toISOString() : undefined,
    to: to < Infinity ? new Date(to).toISOString() : undefined,
    classes: query.classes || undefined,
    sev: query.sev ? Number(query.sev) : undefined,
    type: query.type || undefined,
    tenant: query.tenant || undefined,
    agent: query.agent ? Number(query.agent) : undefined,
    actor: query.actor || undefined,
    text: query.text.trim() || undefined,
  };
}

const isLetter = (c: string | undefined) => c !== undefined && /[a-z0-9\u0080-\uffff]/.test(c);
const small = (text: string) => text.replace(/[A-Z]/g, (c) => c.toLowerCase());

/** As lib/phrase.h says it: from the beginning of a word to the end of one, in the entry's JSON. */
export function hasPhrase(raw: string, phrase: string): boolean {
  const wanted = small(JSON.stringify(phrase).slice(1, -1));
  const all = small(raw);
  for (let at = all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + 1)) {
    const behind = at + wanted.length;
    const cutsBefore = isLetter(all[at - 1]) && isLetter(all[at]);
    const cutsBehind = isLetter(all[behind - 1]) && isLetter(all[behind]);
    if (!cutsBefore && !cutsBehind) return true;
  }
  return false;
}

/** Would the search have found it? For entries that come live. */
export function matches(query: Query, entry: Entry, now: number): boolean {
  const { from, to } = period(query, now);
  const at = Date.parse(entry.time);
  return (
    at >= from &&
    at <= to &&
    (!query.classes || query.classes.split(" ").includes(entry.class)) &&
    (!query.sev || entry.sev <= Number(query.sev)) &&
    (!query.type || entry.type === query.type) &&
    (!query.tenant || entry.tenant === query.tenant) &&
    (!query.agent || agentOf(entry) === Number(query.agent)) &&
    (!query.actor || entry.actor === query.actor) &&
    (!query.text.trim() || hasPhrase(entry.raw, query.text.trim()))
  );
}
