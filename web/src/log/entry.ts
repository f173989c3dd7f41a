/**
 * What the pages know of an entry of the log. This is the only place that reads the JSON of an event: CloudEvents around
 * OCSF, in which our fields stand where OCSF wants them.
 */
import { eventRows, type classWords, type Events } from "contract";

import { moment } from "../clock";
import { actorOf, fieldsOf } from "./fields";

export type LogClass = (typeof classWords)[number];

export interface Entry {
  class: LogClass;
  sequence: number;
  time: string;
  type: string; // as in events.def
  sev: number;
  tenant: string | null;
  subject: string | null;
  actor: string | null; // who asked; null: the service that says so
  service: string | null;
  fields: Record<string, unknown>;
  raw: string; // the entry, byte for byte
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown) => (typeof value === "string" ? value : null);

export function shortType(type: string): string {
  return type.replace(/^vedette\./, "").replace(/\.v\d+$/, "");
}

/** Not an entry of ours gives null: a log may hold what a later version wrote. */
export function readEntry(raw: string): Entry | null {
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    return null;
  }
  if (!isObject(json)) return null;
  const [, log, number] = /^(ops|access|fleet|alert)-(\d+)$/.exec(text(json.id) ?? "") ?? [];
  const [time, type] = [text(json.time), text(json.type)];
  if (!log || !time || !type) return null;
  const data = isObject(json.data) ? json.data : {};
  return {
    class: log as LogClass,
    sequence: Number(number),
    time,
    type: shortType(type),
    sev: typeof json.sev === "number" ? json.sev : 4,
    tenant: text(json.tenant),
    subject: text(json.subject),
    actor: actorOf(data),
    service: text(json.authid),
    fields: fieldsOf(shortType(type), data),
    raw,
  };
}

/** A personal field that was sealed, or whose key was destroyed: there is no more to show than that. */
export function isSealed(value: unknown): boolean {
  return isObject(value) && "sealed" in value;
}

export const idOf = (entry: { class: string; sequence: number }) => `${entry.class}-${entry.sequence}`;

/** The number of the agent that an entry is about; 0: it is about something else. */
export function agentOf(entry: Entry): number {
  return Number(/^agent\/(\d+)$/.exec(entry.subject ?? "")?.[1] ?? 0);
}

/** What happened, in words of events.def; behind a semicolon they explain more than a row has room for. */
export function meaning(type: string): string {
  return type in eventRows ? eventRows[type as keyof Events].meaning.split("; ")[0]! : type;
}

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** A field of any shape. */
export function words(value: unknown): string {
  if (isSealed(value)) return "(sealed)";
  if (isObject(value)) return Object.entries(value).map(([name, inner]) => `${name} ${words(inner)}`).join(", ");
  if (Array.isArray(value)) return value.map(words).join(" ");
  return typeof value === "string" && TIME.test(value) ? moment(value) : String(value);
}

const callOf = (entry: Entry) => (typeof entry.fields.call === "string" ? entry.fields.call : "");

/** What happened, in one line for people; of calls, which one. */
export function sentence(entry: Entry): string {
  const said = meaning(entry.type);
  return callOf(entry) ? `${callOf(entry)}: ${said}` : said.charAt(0).toUpperCase() + said.slice(1);
}

/** Its own fields in one line: without what stands beside it anyhow. */
export function details(entry: Entry): string {
  const said = [entry.tenant, agentOf(entry), entry.service, callOf(entry)];
  return Object.entries(entry.fields)
    .filter(([, value]) => !said.includes(value as string))
    .map(([name, value]) => (name === "arguments" ? words(value) : `${name} ${words(value)}`))
    .join(" · ");
}
