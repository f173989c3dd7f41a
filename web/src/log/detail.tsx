/** One entry: what happened, the fields, the exact bytes, and their proof. */
import { useEffect, useRef, useState } from "preact/hooks";

import { call } from "../call";
import { Moment } from "../parts/age";
import { CopyText } from "../parts/copy";
import { Icon } from "../parts/icons";
import { useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
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
          <Plain text={entry.actor ?? entry.service ?? "–"} />
        </Fact>
        {Object.entries(entry.fields).map(([name, value]) => (
          <Fact key={name} name={name}>
            <Value of={value} />
          </Fact>
        ))}
      </dl>
      <Prove who={who} entry={entry} />
      <Raw key={idOf(entry)} entry={entry} />
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
  return <Plain text={words(of)} />;
}

function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

const AGAIN_MS = 1000; // a fresh entry's bundle is there a second after it

/** The log's own bytes: where personal fields are sealed, not those that are shown. */
function Raw({ entry }: { entry: Entry }) {
  const [open, setOpen] = useState(false);
  const { data, problem, again } = useLoaded(async () => {
    if (!open) return null;
    const found = await call("log.entry", { class: entry.class, sequence: entry.sequence });
    return found.leaf ?? found.entry;
  }, [open, entry.raw]);
  useEffect(() => {
    const timer = problem && setTimeout(() => void again(), AGAIN_MS);
    return () => clearTimeout(timer ?? 0);
  }, [problem]);
  if (!entry.raw) return <p class="hint">The entry’s bytes are gone: what the log’s retention deleted is proven by its hash only.</p>;
  return (
    <details class="raw" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The entry as it is stored</summary>
      {data === null ? (
        <p class="hint">{problem ? problem.message : "Loading …"}</p>
      ) : (
        <>
          <p class="hint">
            Set out for reading{data !== entry.raw && ", with personal fields sealed, as in the log"}. “Copy” and “Save” give the{" "}
            {new TextEncoder().encode(data).length} bytes that stand in the log.
          </p>
          <CopyText text={pretty(data)} copies={data} label="The entry in JSON" />
          <button type="button" onClick={() => save(`${idOf(entry)}.json`, data)}>
            <Icon name="down" />
            Save
          </button>
        </>
      )}
    </details>
  );
}
