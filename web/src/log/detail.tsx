/** One entry: what happened, the fields, the exact bytes, and their proof. */
import { useEffect, useRef } from "preact/hooks";

import { Moment } from "../parts/age";
import { CopyText } from "../parts/copy";
import { Icon } from "../parts/icons";
import { save } from "../parts/save";
import { Severity } from "../parts/severity";
import type { Session } from "../session";
import { agentOf, idOf, isSealed, sentence, words, type Entry } from "./entry";
import { Prove } from "./prove";
import type { Query } from "./query";

interface Props {
  who: Session;
  entry: Entry;
  close: () => void;
  narrow: (part: Partial<Query>) => void;
}

export function Detail({ who, entry, close, narrow }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const agent = agentOf(entry);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [entry.raw]);
  const onKeyDown = (event: KeyboardEvent) => event.key === "Escape" && close();
  return (
    <aside class="panel detail" aria-label={`Entry ${idOf(entry)}`} onKeyDown={onKeyDown}>
      <header>
        <span class="id">{idOf(entry)}</span>
        <Severity sev={entry.sev} />
        <button type="button" class="bare" aria-label="Close the entry" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <h2 ref={heading} tabIndex={-1}>
        {sentence(entry)}
      </h2>
      <dl>
        <Fact name="Time">
          <Moment time={entry.time} />
        </Fact>
        <Fact name="Type" only={() => narrow({ type: entry.type })}>
          {entry.type}
        </Fact>
        {entry.subject && (
          <Fact name="About" only={agent ? () => narrow({ agent: String(agent) }) : undefined}>
            {agent ? <a href={`#/agent/${agent}`}>agent {agent}</a> : entry.subject}
          </Fact>
        )}
        {entry.tenant && (
          <Fact name="Tenant" only={who.tenant ? undefined : () => narrow({ tenant: entry.tenant! })}>
            {entry.tenant}
          </Fact>
        )}
        <Fact name={entry.actor ? "Asked by" : "Said by"} only={entry.actor ? () => narrow({ actor: entry.actor! }) : undefined}>
          {entry.actor ?? entry.service ?? "–"}
        </Fact>
        {Object.entries(entry.fields).map(([name, value]) => (
          <Fact key={name} name={name}>
            <Value of={value} />
          </Fact>
        ))}
      </dl>
      <Prove who={who} entry={entry} />
      <Raw entry={entry} />
    </aside>
  );
}

function Fact({ name, only, children }: { name: string; only?: () => void; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {only && (
          <button type="button" class="only" onClick={only}>
            only these<span class="hidden"> of {name}</span>
          </button>
        )}
      </dd>
    </div>
  );
}

function Value({ of }: { of: unknown }) {
  if (isSealed(of)) return <em class="sealed">sealed: personal, and not for this page to open</em>;
  return <>{words(of)}</>;
}

function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

function Raw({ entry }: { entry: Entry }) {
  if (!entry.raw) return <p class="hint">The entry’s bytes are gone: what the log’s retention deleted is proven by its hash only.</p>;
  return (
    <details class="raw">
      <summary>The entry as it is stored</summary>
      <p class="hint">Set out for reading. “Copy” and “Save” give the {new TextEncoder().encode(entry.raw).length} bytes that stand in the log.</p>
      <CopyText text={pretty(entry.raw)} copies={entry.raw} label="The entry in JSON" />
      <button type="button" onClick={() => save(`${idOf(entry)}.json`, entry.raw)}>
        <Icon name="down" />
        Save
      </button>
    </details>
  );
}
