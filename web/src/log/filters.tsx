/** What one may ask of the log for. All of it stands in the address, so that a question can be sent to somebody. */
import { classWords, eventRows } from "contract";
import { useEffect, useRef, useState } from "preact/hooks";

import { call } from "../call";
import { Choice, Field } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { SearchField } from "../parts/search";
import { SEVERITY_WORDS } from "../parts/severity";
import { may, type Session } from "../session";
import type { LogClass } from "./entry";
import { RANGES, type Query } from "./query";

const TYPING_MS = 350; // after the last key

export function classesOf(who: Session): LogClass[] {
  return may(who, "auditor") ? [...classWords] : ["fleet", "alert"];
}

interface Props {
  who: Session;
  query: Query;
  change: (part: Partial<Query>) => void;
}

export function Filters({ who, query, change }: Props) {
  const all = (what: string): [string, string] => ["", what];
  const tenants = useLoaded(() => call("tenant.list", {}));
  const classes = classesOf(who);
  const types = Object.entries(eventRows).filter(([, row]) => classes.includes(row.class));
  const ranges = Object.entries(RANGES).map(([range, { text }]): [string, string] => [range, range === "all" ? "Everything" : `Last ${text}`]);
  return (
    <div class="filters log-filters">
      <Search query={query} change={change} />
      <Choice
        label="Time"
        value={query.range}
        change={(range) => change({ range, from: "", to: "" })}
        options={query.range ? ranges : [["", "As chosen below"], ...ranges]}
      />
      <Choice
        label="Severity"
        value={query.sev}
        change={(sev) => change({ sev })}
        options={[all("Any severity"), ...["1", "2", "3"].map((sev): [string, string] => [sev, sev === "1" ? "1 critical" : `1–${sev} to ${SEVERITY_WORDS[Number(sev)]}`])]}
      />
      <Choice
        label="Type"
        value={query.type}
        change={(type) => change({ type })}
        options={[all("All types"), ...types.map(([type]): [string, string] => [type, type])]}
      />
      {!who.tenant && (
        <Choice
          label="Tenant"
          value={query.tenant}
          change={(tenant) => change({ tenant })}
          options={[all("All tenants"), ...(tenants.data?.tenant ?? []).map((one): [string, string] => [one, one])]}
        />
      )}
      <Typed label="Agent" placeholder="Agent number" value={query.agent} change={(agent) => change({ agent: agent.replace(/\D/g, "") })} inputMode="numeric" />
      <Typed label="Actor" placeholder="Actor, as user:ada" value={query.actor} change={(actor) => change({ actor })} maxLength={96} />
      <Classes classes={classes} chosen={query.classes} change={(chosen) => change({ classes: chosen })} />
    </div>
  );
}

/** Typing is heard once it stops. */
function useTyped(value: string, change: (value: string) => void): [string, (value: string) => void] {
  const [typed, setTyped] = useState(value);
  const said = useRef(value);
  useEffect(() => {
    if (value === said.current) return; // it came from here
    said.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed === said.current) return;
    const timer = setTimeout(() => ((said.current = typed), change(typed)), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}

interface TypedProps {
  label: string;
  placeholder: string;
  value: string;
  change: (value: string) => void;
  inputMode?: "numeric";
  maxLength?: number;
}

function Typed({ label, value, change, ...rest }: TypedProps) {
  const [typed, setTyped] = useTyped(value, change);
  return <Field label={label} value={typed} change={setTyped} {...rest} />;
}

function Search({ query, change }: Omit<Props, "who">) {
  const [typed, setTyped] = useTyped(query.text, (text) => change({ text }));
  return (
    <SearchField
      label="Search for whole words anywhere in an entry"
      placeholder="Whole words, anywhere in an entry"
      maxLength={128}
      value={typed}
      change={setTyped}
    />
  );
}

/** Classes as buttons; none pressed is all. */
function Classes({ classes, chosen, change }: { classes: LogClass[]; chosen: string; change: (classes: string) => void }) {
  const on = chosen.split(" ").filter(Boolean);
  const flip = (one: string) => {
    const next = classes.filter((name) => (name === one ? !on.includes(one) : on.includes(name)));
    change(next.length === classes.length ? "" : next.join(" "));
  };
  return (
    <div class="states" role="group" aria-label="Filter by class">
      {classes.map((one) => (
        <button key={one} type="button" class="chip" aria-pressed={on.includes(one)} onClick={() => flip(one)}>
          <span class="word">{one}</span>
        </button>
      ))}
    </div>
  );
}
