/** Rows of the log as the page holds them: newest first, each once, however they came. Pure. */
import { classWords, type LogSearchReply } from "contract";

import { idOf, readEntry, shortType, type Entry } from "./entry";

/** A page of the search. A text that is no entry of ours still has what the index knows of it. */
export function fromReply(reply: LogSearchReply): Entry[] {
  return reply.sequence.map((sequence, i) => {
    const raw = reply.entry[i] ?? "";
    const bare = {
      class: reply.class[i]!, sequence, time: reply.time[i]!, type: shortType(reply.type[i]!), sev: reply.sev[i]!,
      tenant: reply.tenant[i] ?? null, subject: reply.subject[i] ?? null, actor: reply.actor[i] ?? null, service: null, fields: {}, raw,
    };
    return readEntry(raw) ?? bare;
  });
}

/** Newest first; in a class the sequence decides, not what a clock said. */
function order(a: Entry, b: Entry): number {
  if (a.class === b.class) return b.sequence - a.sequence;
  return Date.parse(b.time) - Date.parse(a.time) || classWords.indexOf(a.class) - classWords.indexOf(b.class);
}

/** Two lists in order become one. */
export function merge(a: Entry[], b: Entry[]): Entry[] {
  const known = new Set(a.map(idOf));
  const fresh = b.filter((entry) => !known.has(idOf(entry)));
  const merged: Entry[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < fresh.length) merged.push(order(a[i]!, fresh[j]!) <= 0 ? a[i++]! : fresh[j++]!);
  return merged.concat(a.slice(i), fresh.slice(j));
}

/** Where a search goes on, "ops=5 fleet=1200"; a class that is not named has nothing more. */
function readCursor(before: string | undefined): Map<string, number> {
  const pairs = before?.split(" ").map((pair) => pair.split("=")) ?? [];
  return new Map(pairs.map(([name, number]) => [name!, Number(number)]));
}

/** The first `most` rows, and where the search finds those that were let go. */
export function shorten(rows: Entry[], before: string | undefined, most: number): { rows: Entry[]; before: string | undefined } {
  if (rows.length <= most) return { rows, before };
  const cursor = readCursor(before);
  const highest = new Map<string, number>();
  for (const { class: log, sequence } of rows.slice(most)) highest.set(log, Math.max(highest.get(log) ?? 0, sequence + 1));
  for (const [log, next] of highest) cursor.set(log, next);
  return { rows: rows.slice(0, most), before: [...cursor].map(([log, next]) => `${log}=${next}`).join(" ") };
}
