/** On which agents: picked out of the fleet, each to be signed by its key, or all of a tenant or a site. */
import { useMemo, useState } from "preact/hooks";

import { useCell } from "../cell";
import type { Fleet } from "../fleet/fleet";
import { fleet, fleetVersion } from "../fleet/live";
import { Search } from "../fleet/search";
import { everything, order, select } from "../fleet/view";
import { Choice } from "../parts/form";
import { Plain } from "../parts/plain";
import { SearchField } from "../parts/search";
import { AGENTS_MOST, type Form, type Key, type Part } from "./form";
import type { Refusing } from "./permits";

const SHOWN = 100;

type Fields = Omit<Part<Form>, "problem">;
type Keys = Map<number, Key | undefined>;

/** one: it is for one agent alone. */
export function Where({ form, change, keys, refusing, one }: Fields & { keys: Keys; refusing: Refusing[]; one: boolean | undefined }) {
  const known = useCell(fleet);
  return (
    <fieldset class="panel compose">
      <legend>{one ? "On which machine" : "Where"}</legend>
      {!one && (
        <Choice
          label="On"
          value={form.to}
          change={(to) => change({ to: to as Form["to"] })}
          options={[
            ["agents", "these agents, each named by its key"],
            ["place", "all agents of a tenant or site, those that join later as well"],
          ]}
        />
      )}
      {!known && <p class="waiting">Loading the fleet …</p>}
      {known && form.to === "place" && <Place known={known} form={form} change={change} />}
      {known && form.to === "agents" && <Pick known={known} form={form} change={change} keys={keys} one={one} />}
      {known && form.to === "agents" && <Refusals known={known} form={form} change={change} list={refusing} />}
    </fieldset>
  );
}

function sites(known: Fleet, tenant: string): string[] {
  const code = known.tenants.find(tenant);
  const found = new Set<string>();
  for (let row = 0; row < known.size; row++) if (known.tenant[row] === code) found.add(known.sites.list[known.site[row]!]!);
  return [...found].sort();
}

type PlaceProps = { known: Fleet; tenant: string; site: string; change: (part: { tenant: string; site: string }) => void; any: string };

function TenantAndSite({ known, tenant, site, change, any }: PlaceProps) {
  const as = (list: string[]) => list.map((one): [string, string] => [one, one]);
  return (
    <>
      <Choice
        label="Tenant"
        value={tenant}
        change={(next) => change({ tenant: next, site: "" })}
        options={[["", any], ...as([...known.tenants.list].sort())]}
      />
      <Choice label="Site" value={site} change={(next) => change({ tenant, site: next })} options={[["", "All sites"], ...as(sites(known, tenant))]} />
    </>
  );
}

function Place({ known, form, change }: Fields & { known: Fleet }) {
  const { rows } = select(known, order(known, "name"), null, { ...everything, tenant: form.tenant, site: form.site });
  return (
    <>
      <div class="pair">
        <TenantAndSite known={known} tenant={form.tenant} site={form.site} change={change} any="Choose a tenant" />
      </div>
      {form.tenant && <p class="hint">At present {rows.length === 1 ? "one agent" : `${rows.length} agents`}.</p>}
    </>
  );
}

const NAMED = 6;

/** Before people sign what machines then refuse. */
function Refusals({ known, form, change, list }: Fields & { known: Fleet; list: Refusing[] }) {
  if (!list.length) return null;
  const nameOf = (agent: number) => known.name[known.rowOf(agent)] ?? `agent ${agent}`;
  return (
    <div class="note" role="status">
      <p>
        <b>Some of these machines would not do it</b>, by what they said last of their owners’ policies:
      </p>
      <ul class="values">
        {list.map(({ why, agents }) => (
          <li key={why}>
            <b>
              <Plain text={why} />
            </b>
            {": "}
            {agents.slice(0, NAMED).map((agent, i) => (
              <>
                {i > 0 && ", "}
                <a href={`#/agent/${agent}`} target="_blank" rel="noreferrer">
                  <Plain text={nameOf(agent)} />
                </a>
              </>
            ))}
            {agents.length > NAMED && ` and ${agents.length - NAMED} others`}{" "}
            <button type="button" class="only" onClick={() => change({ agents: form.agents.filter((one) => !agents.includes(one)) })}>
              leave {agents.length === 1 ? "it" : "them"} out
            </button>
          </li>
        ))}
      </ul>
      <p class="hint">What is permitted is changed by root on the machine, in /etc/vedette/policy.conf.</p>
    </div>
  );
}

function Pick({ known, form, change, keys, one }: Fields & { known: Fleet; keys: Keys; one: boolean | undefined }) {
  useCell(fleetVersion);
  const [narrowed, setNarrowed] = useState({ text: "", tenant: "", site: "", tag: "" });
  const search = useMemo(() => new Search(known), [known]);
  const { rows } = select(known, order(known, "name"), search.find(narrowed.text), { ...everything, ...narrowed });
  const chosen = new Set(form.agents);
  const found = Array.from(rows, (row) => known.id[row]!).filter((agent) => known.stateOf(agent) !== "retired");
  const others = found.filter((agent) => !chosen.has(agent));
  const add = (agents: number[]) => change({ agents: one ? agents : [...form.agents, ...agents].sort((a, b) => a - b) });
  return (
    <>
      <div class="filters pick">
        <SearchField
          label="Search name, host, address, tenant, site, system, tag or number"
          placeholder="Search"
          value={narrowed.text}
          change={(text) => setNarrowed((last) => ({ ...last, text }))}
        />
        <TenantAndSite
          known={known}
          tenant={narrowed.tenant}
          site={narrowed.site}
          change={(place) => setNarrowed((last) => ({ ...last, ...place }))}
          any="All tenants"
        />
        <Choice
          label="Tag"
          value={narrowed.tag}
          change={(tag) => setNarrowed((last) => ({ ...last, tag }))}
          options={[["", "All tags"], ...known.allTags().map((tag): [string, string] => [tag, tag])]}
        />
      </div>
      <div class="columns">
        <Names
          known={known}
          label="Found"
          agents={others}
          act={(agent) => add([agent])}
          verb={one ? "Take" : "Add"}
          all={!one && others.length > 0 && others.length + chosen.size <= AGENTS_MOST ? () => add(others) : undefined}
        />
        <Names
          known={known}
          label="Will be signed for"
          agents={form.agents}
          keys={keys}
          act={(agent) => change({ agents: form.agents.filter((one) => one !== agent) })}
          verb="Remove"
          all={form.agents.length > 0 ? () => change({ agents: [] }) : undefined}
        />
      </div>
    </>
  );
}

interface NamesProps {
  known: Fleet;
  label: string;
  agents: number[];
  keys?: Keys;
  verb: string;
  act: (agent: number) => void;
  all?: () => void;
}

function Names({ known, label, agents, keys, verb, act, all }: NamesProps) {
  return (
    <section aria-label={label}>
      <header>
        <p class="minor">
          {label}: {agents.length}
        </p>
        {all && (
          <button type="button" onClick={all}>
            {verb} all {agents.length}
          </button>
        )}
      </header>
      <ul class="names">
        {agents.slice(0, SHOWN).map((agent) => (
          <li key={agent}>
            <span>
              <Plain text={known.name[known.rowOf(agent)] ?? `agent ${agent}`} />
              {keys && <code>{keys.get(agent)?.fingerprint.slice(0, 16) ?? "…"}</code>}
            </span>
            <button type="button" onClick={() => act(agent)}>
              {verb}
              <span class="hidden"> {known.name[known.rowOf(agent)]}</span>
            </button>
          </li>
        ))}
        {agents.length > SHOWN && <li class="hint">and {agents.length - SHOWN} others</li>}
      </ul>
    </section>
  );
}
