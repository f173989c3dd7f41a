/** What differs between two versions of a document: by field, and by line where a field has many. Pure. */

export interface Line {
  is: "same" | "added" | "removed";
  text: string;
}

export interface Change {
  path: string; // as targets.3.name
  before?: string;
  after?: string;
  lines?: Line[]; // of a text of several lines
}

const LINES_MOST = 2_000; // of each version: the table has their product

/** Every leaf of a JSON value by its path. */
function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (value !== null && typeof value === "object" && Object.keys(value).length)
    for (const [key, inner] of Object.entries(value)) leaves(inner, path ? `${path}.${key}` : key, into);
  else into.set(path, typeof value === "string" ? value : JSON.stringify(value));
  return into;
}

type Target = { fingerprint?: string; agent?: number; name?: string };

/** Lists that are sets: the order in which their parts stand says nothing. Each part by what it is, and what is shown of it. */
const SETS: Record<string, (part: never) => [key: string, shown: unknown]> = {
  targets: (one: Target) => [
    one.fingerprint ?? JSON.stringify(one),
    [one.name, one.agent && `agent ${one.agent}`, one.fingerprint].filter(Boolean).join(", "),
  ],
  classes: ({ class: key, ...timing }: { class: string }) => [key, timing],
  paths: (path: string) => [path, path],
  excluded: (path: string) => [path, path],
  databases: (path: string) => [path, path],
  dumps: (name: string) => [name, name],
};

function ordered(head: object): object {
  const sets = Object.entries(SETS).map(([name, part]): [string, unknown] => {
    const list = (head as Record<string, unknown>)[name];
    return [name, Array.isArray(list) ? Object.fromEntries(list.map((one) => part(one as never))) : list];
  });
  return { ...head, ...Object.fromEntries(sets.filter(([, value]) => value !== undefined)) };
}

/** Lines by their longest common subsequence. */
export function lineChanges(before: string[], after: string[]): Line[] {
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--)
    for (let k = after.length - 1; k >= 0; k--)
      common[i * width + k] =
        before[i] === after[k]
          ? common[(i + 1) * width + k + 1]! + 1
          : Math.max(common[(i + 1) * width + k]!, common[i * width + k + 1]!);
  const lines: Line[] = [];
  let i = 0;
  let k = 0;
  while (i < before.length || k < after.length) {
    if (i < before.length && k < after.length && before[i] === after[k]) {
      lines.push({ is: "same", text: before[i++]! });
      k++;
    } else if (k === after.length || (i < before.length && common[(i + 1) * width + k]! >= common[i * width + k + 1]!))
      lines.push({ is: "removed", text: before[i++]! });
    else lines.push({ is: "added", text: after[k++]! });
  }
  return lines;
}

function change(path: string, before?: string, after?: string): Change {
  const one: Change = { path, before, after };
  const [old, next] = [before?.split("\n") ?? [], after?.split("\n") ?? []];
  if (!old[old.length - 1] && !next[next.length - 1]) (old.pop(), next.pop()); // both end with a line end
  if (old.length > 1 && next.length > 1 && Math.max(old.length, next.length) <= LINES_MOST) one.lines = lineChanges(old, next);
  return one;
}

/** Without what every new version changes. */
const ALWAYS = new Set(["version", "made_at"]);

export function changes(before: object, after: object): Change[] {
  const old = leaves(ordered(before), "", new Map());
  const next = leaves(ordered(after), "", new Map());
  const list: Change[] = [];
  for (const [path, value] of next) if (old.get(path) !== value && !ALWAYS.has(path)) list.push(change(path, old.get(path), value));
  for (const [path, value] of old) if (!next.has(path) && !ALWAYS.has(path)) list.push(change(path, value));
  return list;
}
