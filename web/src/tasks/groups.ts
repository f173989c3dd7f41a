/** Failures that look alike are one: grouped by how they ended and by what they wrote last. Pure. */
export interface Failure {
  agent: number;
  name: string;
  how: string; // exit status 1, signal 9, refused: …
  output: string | null; // its last part; null: not known
}

export interface Group {
  how: string;
  output: string | null;
  agents: number[];
}

const TAIL_LINES = 20;

/** What differs from one machine to the next says nothing: its name, numbers, times. */
export function essence(output: string, name: string): string {
  const tail = output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  const own = name ? tail.split(name).join("NAME") : tail;
  return own.replace(/\b0x[0-9a-f]+\b|\d+/gi, "0").replace(/[ \t]+/g, " ");
}

/** The largest first. */
export function groups(failures: Failure[]): Group[] {
  const found = new Map<string, Group>();
  for (const one of failures) {
    const key = `${one.how}\0${one.output === null ? "" : essence(one.output, one.name)}`;
    const group = found.get(key);
    if (group) group.agents.push(one.agent);
    else found.set(key, { how: one.how, output: one.output, agents: [one.agent] });
  }
  return [...found.values()].sort((a, b) => b.agents.length - a.agents.length);
}
