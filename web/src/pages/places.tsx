/** Tenants and their sites. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { useCell } from "../cell";
import { stateCode, type Fleet } from "../fleet/fleet";
import { fleet, fleetVersion } from "../fleet/live";
import { Page } from "../frame";
import { Problem, Slug, useWork } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { may, type Session } from "../session";

export function PlacesPage({ who }: { who: Session }) {
  const { data, problem, again } = useLoaded(async () => {
    const [tenants, sites] = await Promise.all([call("tenant.list", {}), call("site.list", {})]);
    return tenants.tenant.map((tenant) => ({ tenant, sites: sites.site.filter((_, i) => sites.tenant[i] === tenant) }));
  });
  const tallies = useTallies();
  const mayAdd = may(who, "administrator");
  return (
    <Page title="Tenants & sites">
      <p class="intro">A tenant is a customer company; a site is a place of it. Every agent belongs to one site.</p>
      <Problem of={problem} />
      <div class="cards">
        {data?.map(({ tenant, sites }) => (
          <section key={tenant} class="panel" aria-label={tenant}>
            <header>
              <h2>{tenant}</h2>
              <TallyWords of={tallies.get(tenant)} />
            </header>
            <ul class="places">
              {sites.map((site) => (
                <li key={site}>
                  <span>{site}</span>
                  <TallyWords of={tallies.get(`${tenant}/${site}`)} />
                </li>
              ))}
              {!sites.length && <li class="calm">No site yet.</li>}
            </ul>
            {mayAdd && (
              <Add label={`New site of ${tenant}`} add={(site) => call("site.add", { tenant, site })} again={again} />
            )}
          </section>
        ))}
        {mayAdd && data && (
          <section class="panel" aria-label="New tenant">
            <header>
              <h2>New tenant</h2>
            </header>
            <Add label="Name of the new tenant" add={(tenant) => call("tenant.add", { tenant })} again={again} />
          </section>
        )}
      </div>
    </Page>
  );
}

interface Tally {
  agents: number;
  online: number;
}

/** Agents of each tenant and of each tenant/site. */
function useTallies(): Map<string, Tally> {
  const known = useCell(fleet);
  useCell(fleetVersion);
  return known ? tally(known) : new Map();
}

function tally(known: Fleet): Map<string, Tally> {
  const found = new Map<string, Tally>();
  const online = stateCode("online");
  const count = (key: string, up: boolean) => {
    const sum = found.get(key) ?? { agents: 0, online: 0 };
    sum.agents++;
    if (up) sum.online++;
    found.set(key, sum);
  };
  for (let row = 0; row < known.size; row++) {
    const tenant = known.tenants.list[known.tenant[row]!]!;
    const up = known.state[row] === online;
    count(tenant, up);
    count(`${tenant}/${known.sites.list[known.site[row]!]}`, up);
  }
  return found;
}

function TallyWords({ of }: { of: Tally | undefined }) {
  if (!of) return <span class="tally">no agents</span>;
  return (
    <span class="tally">
      {of.agents} {of.agents === 1 ? "agent" : "agents"}, {of.online === of.agents ? "all" : of.online} online
    </span>
  );
}

interface AddProps {
  label: string;
  add: (name: string) => Promise<unknown>;
  again: () => Promise<void>;
}

function Add({ label, add, again }: AddProps) {
  const work = useWork();
  const [name, setName] = useState("");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await add(name.trim());
      setName("");
      await again();
    });
  }
  return (
    <form class="inline" onSubmit={submit}>
      <Slug label={label} value={name} change={setName} />
      <button disabled={work.busy || !name.trim()}>Add</button>
      <Problem of={work.problem} />
    </form>
  );
}
