/** What every document has that is put together here: the form's part of it, and the document's. Pure. */
import type { DocumentHead, DocumentTarget } from "contract";

import type { Meant } from "../document/document";

export interface Form {
  title: string;
  to: "agents" | "place";
  agents: number[];
  tenant: string;
  site: string;
  not_before: string; // as an <input type="datetime-local"> has it; "": at once
  days: string; // for how long it is good
}

/** Of a form: its fields' values, and how they change. */
export interface Part<F> {
  form: F;
  change: (part: Partial<F>) => void;
  problem: Error | null;
}

export const AGENTS_MOST = 1_000; // more are named by their tenant or site

export const emptyForm: Form = { title: "", to: "agents", agents: [], tenant: "", site: "", not_before: "", days: "7" };

export type Key = Pick<DocumentTarget, "fingerprint" | "agent" | "name">;

export interface Given {
  deployment: string;
  document: string;
  version: number;
  now: number; // server's clock
  keys: Map<number, Key | undefined>; // of the chosen agents
}

const DAY_MS = 86_400_000;

export const lines = (text: string) => text.split("\n").filter((line) => line !== "");

/** Seconds are enough for people who read it. */
export function stamp(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

export function headOf<K extends DocumentHead["kind"]>(kind: K, form: Form, given: Given): DocumentHead & { kind: K } & Meant {
  const begins = form.not_before ? Date.parse(form.not_before) : given.now;
  const place = { tenant: form.tenant, ...(form.site && { site: form.site }) };
  return {
    deployment: given.deployment,
    document: given.document,
    kind,
    version: given.version,
    title: form.title.trim(),
    made_at: stamp(given.now),
    not_before: stamp(begins),
    expires: stamp(begins + Number(form.days) * DAY_MS),
    ...(form.to === "place" ? place : { targets: form.agents.map((agent) => given.keys.get(agent)!) }),
  };
}

/** For a new version: the form as it would have been filled in. */
export function formOf(head: DocumentHead & Meant): Form {
  const life = (Date.parse(head.expires) - Date.parse(head.not_before)) / DAY_MS;
  return {
    title: head.title,
    to: head.targets ? "agents" : "place",
    agents: head.targets?.map((one) => one.agent ?? 0).filter(Boolean) ?? [],
    tenant: head.tenant ?? "",
    site: head.site ?? "",
    not_before: "",
    days: String(Math.max(1, Math.round(life))),
  };
}

/** What is still missing, in words; "": nothing. The server judges the rest, field by field. */
export function missing(form: Form): string {
  if (!form.title.trim()) return "It has no title.";
  if (form.to === "agents" && !form.agents.length) return "No agent is chosen.";
  if (form.to === "agents" && form.agents.length > AGENTS_MOST) return `More than ${AGENTS_MOST} agents: choose their tenant or site instead.`;
  if (form.to === "place" && !form.tenant) return "No tenant is chosen.";
  return "";
}
