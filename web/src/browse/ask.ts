/** What this page and the `vedette backup browse` that serves it say to each other. The address holds the token that admits it. */
import type { backup_classWords } from "contract";

export interface Backup {
  backup: string;
  commit_sha256: string;
  backup_class: (typeof backup_classWords)[number];
  slot: string;
  kept_until: string;
  ended_at: string;
  files: number;
  changed_files: number;
  content_bytes: number;
  unsteady_files: number;
  unread_files: number;
  anchor: boolean;
}

/** What stays as it is. */
export interface Work {
  deployment: string;
  agent: number;
  signer: string; // fingerprint of the machine's key
  target: string; // its name in a targets file; "": it has none here
  to: string; // where files are brought to, unless somebody says otherwise
  passed_over: string; // of commits that are left out, the first
  n_passed_over: number;
  backups: Backup[]; // the newest first
}

export interface Bringing {
  state: "nothing" | "reads" | "writes" | "done" | "failed";
  backup: string;
  to: string;
  files: number;
  expected_files: number;
  content_bytes: number;
  expected_bytes: number;
  same_files: number;
  failed_files: number;
  took_ms: number;
  reason?: string;
}

/** What goes on. */
export interface State {
  hostname: string;
  looked_at: number; // backups whose trees were read, or could not be
  failed: { at: number; why: string }[];
  order: number[]; // backups in the order of their trees: versions count by it
  names: number;
  bringing: Bringing;
}

export interface Version {
  type: string; // d f l p s c b
  size: number;
  modified: string;
  mode: number;
  uid: number;
  gid: number;
  first: number; // newest backup that has it, in State.order
  last: number;
  unsteady?: true;
  link?: string;
}

/** A name by its number: names themselves are never sent back. */
export interface Row extends Version {
  id: number;
  name: string;
  versions: number;
}

export interface Found extends Version {
  id: number;
  path: string;
  versions: number;
}

export interface Step {
  id: number;
  name: string;
}

export interface Folder {
  way: Step[]; // from the root on
  count: number; // of all that stands in it
  rows: Row[];
}

export const ROOT = 0;
export const ROWS_MOST = 500; // of an answer

async function ask<T>(path: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error("vedette backup browse does not answer: it has ended. Start it again in the terminal.");
  }
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(said.reason ?? `vedette backup browse answered ${response.status}.`);
  return said as T;
}

export const work = () => ask<Work>("work");
export const state = () => ask<State>("state", {});
export const list = (backup: number, folder: number, from: number) => ask<Folder>("list", { backup, folder, from });
export const find = (pattern: string, behind: number) => ask<{ rows: Found[]; more: boolean }>("find", { pattern, behind });
export const history = (id: number) => ask<{ path: string; way: Step[]; rows: Version[] }>("history", { id });
export const paths = (backup: number, ids: number[]) => ask<{ paths: string[]; odd: number }>("paths", { backup, ids });
export const bring = (backup: number, ids: number[], to: string) => ask<object>("bring", { backup, ids, to });
export const stop = () => ask<object>("stop", {});
