/** The fleet: one table of everything, narrowed by words, states, tenant, site and tag. */
import { useMemo, useRef, useState } from "preact/hooks";

import { useCell } from "../cell";
import { Page } from "../frame";
import { Choice } from "../parts/form";
import { Icon } from "../parts/icons";
import { lazy } from "../parts/lazy";
import { SearchField } from "../parts/search";
import { Shape, STATE_MEANING, STATE_ORDER } from "../parts/state";
import { may, type Session } from "../session";
import { Bulk, count } from "./bulk";
import { chosen } from "./chosen";
import { stateCode, type Fleet, type State } from "./fleet";
import { Grid } from "./grid";
import { fleet, fleetProblem, fleetVersion, loadFleet } from "./live";
import { Search } from "./search";
import { everything, order, select, type Column, type Query, type View } from "./view";

const AddMachine = lazy(async () => (await import("../add")).AddMachine);

/** Kept while one looks at an agent and comes back. */
let lastQuery: Query = everything;

const NUMBER = new Intl.NumberFormat("en");
const SEEN_ORDER_MS = 2_000; // sorted by last heartbeat: rows change places no more often

export function FleetPage({ who }: { who: Session }) {
  const known = useCell(fleet);
  const problem = useCell(fleetProblem);
  const [adding, setAdding] = useState(false);
  const add = may(who, "operator") && (
    <button type="button" class="main" onClick={() => setAdding(true)}>
      <Icon name="add" />
      Add a machine
    </button>
  );
  return (
    <Page title="Fleet" side={add}>
      {problem && (
        <p class="problem" role="alert">
          {problem}{" "}
          <button type="button" onClick={() => void loadFleet()}>
            Try again
          </button>
        </p>
      )}
      {known ? (
        known.size ? (
          <Muster known={known} may={may(who, "operator")} />
        ) : (
          <Empty may={may(who, "operator")} />
        )
      ) : (
        !problem && (
          <p class="waiting" role="status">
            Loading the fleet …
          </p>
        )
      )}
      {adding && <AddMachine close={() => setAdding(false)} />}
    </Page>
  );
}

function Empty({ may }: { may: boolean }) {
  return (
    <div class="empty">
      <h2>No machine reports here yet</h2>
      <p>
        {may
          ? "“Add a machine” gives you one command. Run it on a machine, and it appears here within seconds."
          : "Machines appear here as soon as an operator has added them."}
      </p>
    </div>
  );
}

/** The view of the fleet under a query, computed again when either changes. */
function useView(known: Fleet, query: Query): View {
  const version = useCell(fleetVersion);
  const search = useMemo(() => new Search(known), [known]);
  const sorted = useRef<{ of: string; at: number; rows: Uint32Array } | null>(null);
  const hits = useMemo(() => search.find(query.text), [search, query.text, known.textVersion]);
  return useMemo(() => {
    // Only states and ages change all the time; the order by text stays good until a text changes.
    const of = `${query.sort} ${known.size} ${query.sort === "state" ? version : known.textVersion}`;
    const kept = sorted.current;
    const stale = query.sort === "seen" && performance.now() - (kept?.at ?? 0) > SEEN_ORDER_MS;
    if (kept?.of !== of || stale) sorted.current = { of, at: performance.now(), rows: order(known, query.sort) };
    return select(known, sorted.current!.rows, hits, query);
  }, [known, version, hits, query]);
}

function Muster({ known, may }: { known: Fleet; may: boolean }) {
  const [query, setQuery] = useState(lastQuery);
  const view = useView(known, query);
  lastQuery = query;
  const change = (part: Partial<Query>) => setQuery((last) => ({ ...last, ...part }));
  const sortBy = (column: Column) =>
    setQuery((last) => ({ ...last, sort: column, down: last.sort === column ? !last.down : column === "seen" }));
  const picked = useCell(chosen);
  return (
    <>
      <Filters known={known} query={query} view={view} change={change} />
      {may && picked.size > 0 && <Bulk known={known} agents={[...picked]} />}
      <Grid known={known} rows={view.rows} query={query} sortBy={sortBy} picked={may ? picked : null} />
      <p class="summary" role="status">
        {!view.rows.length && "No agent matches: "}
        {view.rows.length === known.size ? count(known.size) : `${NUMBER.format(view.rows.length)} of ${count(known.size)}`}
      </p>
    </>
  );
}

interface FiltersProps {
  known: Fleet;
  query: Query;
  view: View;
  change: (part: Partial<Query>) => void;
}

function Filters({ known, query, view, change }: FiltersProps) {
  const sites = useMemo(() => sitesOf(known, query.tenant), [known, known.textVersion, query.tenant]);
  const tags = useMemo(() => known.allTags(), [known, known.textVersion]);
  const all = (what: string, list: string[]): [string, string][] => [["", `All ${what}`], ...list.map((x): [string, string] => [x, x])];
  return (
    <div class="filters">
      <SearchField
        label="Search name, host, address, tenant, site, system, tag or number"
        placeholder="Search"
        value={query.text}
        change={(text) => change({ text })}
      />
      <Choice
        label="Tenant"
        value={query.tenant}
        change={(tenant) => change({ tenant, site: "" })}
        options={all("tenants", [...known.tenants.list].sort())}
      />
      <Choice label="Site" value={query.site} change={(site) => change({ site })} options={all("sites", sites)} />
      <Choice label="Tag" value={query.tag} change={(tag) => change({ tag })} options={all("tags", tags)} />
      <States counts={view.counts} chosen={query.states} change={(states) => change({ states })} />
    </div>
  );
}

function sitesOf(known: Fleet, tenant: string): string[] {
  if (!tenant) return [...known.sites.list].sort();
  const code = known.tenants.find(tenant);
  const found = new Set<number>();
  for (let row = 0; row < known.size; row++) if (known.tenant[row] === code) found.add(known.site[row]!);
  return [...found].map((site) => known.sites.list[site]!).sort();
}

/** Filter by state: how many of each, as buttons and as one bar in proportion. */
function States({ counts, chosen, change }: { counts: Uint32Array; chosen: number; change: (mask: number) => void }) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shown = STATE_ORDER.filter((state) => counts[stateCode(state)] || chosen & (1 << stateCode(state)));
  return (
    <div class="states" role="group" aria-label="Filter by state">
      <div class="proportion" aria-hidden="true">
        {shown.map((state) => (
          <span key={state} class={`is-${state}`} style={{ flexGrow: share(counts[stateCode(state)]!, total) }} />
        ))}
      </div>
      {shown.map((state) => (
        <StateFilter
          key={state}
          state={state}
          count={counts[stateCode(state)]!}
          on={!!(chosen & (1 << stateCode(state)))}
          flip={() => change(chosen ^ (1 << stateCode(state)))}
        />
      ))}
    </div>
  );
}

/** Ten of 100,000 must still be seen. */
function share(count: number, total: number): number {
  return count ? Math.max(count / total, 0.004) : 0;
}

function StateFilter({ state, count, on, flip }: { state: State; count: number; on: boolean; flip: () => void }) {
  return (
    <button type="button" class={`chip is-${state}`} aria-pressed={on} title={STATE_MEANING[state]} onClick={flip}>
      <Shape state={state} />
      <span class="word">{state}</span>
      <b>{NUMBER.format(count)}</b>
    </button>
  );
}
