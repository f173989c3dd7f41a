/** What changed since the version before. */
import { useMemo } from "preact/hooks";

import { Plain } from "../parts/plain";
import { changes, type Change, type Line } from "./changes";
import type { Document } from "./document";

const SIGNS: Record<Line["is"], string> = { same: " ", added: "+", removed: "−" };
const SAID: Record<Line["is"], string> = { same: "", added: "added: ", removed: "removed: " };

export function Since({ document, before }: { document: Document; before: Document }) {
  const list = useMemo(() => changes(before.head, document.head), [before, document]);
  return (
    <section aria-labelledby="changed">
      <h2 id="changed">Changed since version {before.head.version}</h2>
      <Changed list={list} />
    </section>
  );
}

/** Paths of a document in words; others stand there as they are. */
const WORDS: Record<string, string> = {
  title: "Title",
  not_before: "Not before",
  expires: "Good until",
  user: "As user",
  "script.body": "Script",
  "script.interpreter.0": "Interpreter",
  timeout_s: "Ended after seconds",
  output_limit_bytes: "Bytes of output kept",
  memory_limit_bytes: "Bytes of memory",
  processes_limit: "Processes",
  "schedule.calendar": "Calendar",
  "schedule.zone": "Time zone",
  "schedule.missed": "What was missed",
  consent: "Consent",
  "rollout.canary": "Agents that go first",
  "rollout.ring": "Agents in each ring",
  "rollout.stop_failures": "Failures that stop the rollout",
  fresh_within_s: "Status at most so old, seconds",
  tenant: "Tenant",
  site: "Site",
  target: "Goes to",
  zone: "Time zone",
  window_s: "May still begin after seconds",
  jitter_s: "Spread over seconds",
  bandwidth_bytes_s: "Bytes a second",
  cpu_percent: "Percent of the processors",
};

/** What stands in lists. */
const PARTS: Record<string, string> = { targets: "Target", paths: "Path", excluded: "Left out", databases: "SQLite database", dumps: "Dump" };

function pathWords(path: string): string {
  const [first, rest] = path.split(/\.(.*)/s);
  const part = PARTS[first!];
  if (part) return part;
  if (first === "classes" && rest) return `Class ${rest.replace(".", ", ")}`;
  if (first === "argv" && rest) return rest === "0" ? "Program" : `Argument ${rest}`;
  return WORDS[path] ?? path;
}

function Changed({ list }: { list: Change[] }) {
  if (!list.length) return <p class="calm">Nothing but its version and its date.</p>;
  return (
    <dl class="changes">
      {list.map((one) => (
        <div key={one.path}>
          <dt>
            <Plain text={pathWords(one.path)} />
          </dt>
          <dd>{one.lines ? <Lines list={one.lines} label={pathWords(one.path)} /> : <Values of={one} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function Values({ of }: { of: Change }) {
  return (
    <>
      {of.before !== undefined && (
        <del>
          <span class="hidden">was </span>
          <Plain text={of.before} />
        </del>
      )}
      {of.after !== undefined && (
        <ins>
          <span class="hidden">is now </span>
          <Plain text={of.after} />
        </ins>
      )}
    </>
  );
}

function Lines({ list, label }: { list: Line[]; label: string }) {
  return (
    <pre class="plain diff" tabIndex={0} role="region" aria-label={`Changed lines of ${label}`}>
      {list.map((line, i) => (
        <code key={i} class={line.is}>
          <span aria-hidden="true">{SIGNS[line.is]} </span>
          <span class="hidden">{SAID[line.is]}</span>
          <Plain text={line.text} />
          {"\n"}
        </code>
      ))}
    </pre>
  );
}
