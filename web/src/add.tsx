/** Add a machine: say where it belongs, get one command, see the machine arrive. */
import type { AgentCommandReply, TokenCreateReply } from "contract";
import { useEffect, useState } from "preact/hooks";

import { call, Refusal } from "./call";
import { CopyText } from "./parts/copy";
import { Dialog } from "./parts/dialog";
import { Choice, Field, Problem, Slug, useWork } from "./parts/form";
import { Moment } from "./parts/age";
import { useLoaded } from "./parts/loaded";
import { Plain } from "./parts/plain";
import { StateWord } from "./parts/state";
import { size } from "./size";
import { may, session } from "./session";
import { onEvent } from "./stream";

const NEW = "+"; // no slug, so never the name of a tenant or site

const LIVES: [string, string][] = [
  ["3600", "1 hour"],
  ["86400", "1 day"],
  ["604800", "1 week"],
  ["2592000", "30 days"],
];

interface Made extends TokenCreateReply, AgentCommandReply {
  tenant: string;
  site: string;
  uses: number;
}

export function AddMachine({ close }: { close: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  return (
    <Dialog title="Add a machine" close={close}>
      {made ? <Command made={made} close={close} /> : <Ask done={setMade} />}
    </Dialog>
  );
}

function Ask({ done }: { done: (made: Made) => void }) {
  const places = useLoaded(async () => {
    const [tenants, sites] = await Promise.all([call("tenant.list", {}), call("site.list", {})]);
    return { tenants: tenants.tenant, sites };
  });
  return places.data ? (
    <Form tenants={places.data.tenants} sites={places.data.sites} done={done} />
  ) : (
    <Problem of={places.problem} />
  );
}

interface FormProps {
  tenants: string[];
  sites: { tenant: string[]; site: string[] };
  done: (made: Made) => void;
}

/** As of a form that is sent again, because what follows was refused. */
function unlessThere(problem: unknown): void {
  if (!(problem instanceof Refusal && problem.code === "exists")) throw problem;
}

function Form({ tenants, sites, done }: FormProps) {
  const work = useWork();
  const mayAdd = may(session.value, "administrator");
  const sitesOf = (tenant: string) => sites.site.filter((_, i) => sites.tenant[i] === tenant);
  const [tenant, setTenant] = useState(tenants[0] ?? NEW);
  const [site, setSite] = useState(sitesOf(tenants[0] ?? NEW)[0] ?? NEW);
  const [newTenant, setNewTenant] = useState("");
  const [newSite, setNewSite] = useState("");
  const [uses, setUses] = useState("1");
  const [ttl_s, setLife] = useState("86400");

  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      const where = { tenant: tenant === NEW ? newTenant.trim() : tenant, site: site === NEW ? newSite.trim() : site };
      if (tenant === NEW && !tenants.includes(where.tenant)) await call("tenant.add", { tenant: where.tenant }).catch(unlessThere);
      if (site === NEW && !sitesOf(where.tenant).includes(where.site)) await call("site.add", where).catch(unlessThere);
      const token = await call("token.create", { ...where, uses: Number(uses), ttl_s: Number(ttl_s) });
      const command = await call("agent.command", { ...where, token: token.token });
      done({ ...where, uses: Number(uses), ...token, ...command });
    });
  }

  const choices = (list: string[], what: string): [string, string][] => [
    ...list.map((one): [string, string] => [one, one]),
    ...(mayAdd || !list.length ? [[NEW, `New ${what} …`] as [string, string]] : []),
  ];
  return (
    <form onSubmit={submit}>
      <div class="pair">
        <Choice
          label="Tenant"
          value={tenant}
          change={(next) => {
            setTenant(next);
            setSite(sitesOf(next)[0] ?? NEW);
          }}
          options={choices(tenants, "tenant")}
        />
        {tenant === NEW && <Slug label="Name of the new tenant" value={newTenant} change={setNewTenant} autofocus />}
      </div>
      <div class="pair">
        <Choice label="Site" value={site} change={setSite} options={choices(sitesOf(tenant), "site")} />
        {site === NEW && <Slug label="Name of the new site" value={newSite} change={setNewSite} />}
      </div>
      <div class="pair">
        <Field label="Machines" type="number" min={1} max={10000} value={uses} change={setUses} required />
        <Choice label="Good for" value={ttl_s} change={setLife} options={LIVES} />
      </div>
      <Problem of={work.problem} />
      <button class="main" disabled={work.busy}>
        {work.busy ? "Making it …" : "Make the command"}
      </button>
    </form>
  );
}

interface Arrival {
  agent: number;
  name: string;
  online: boolean;
}

/** Machines that join this tenant and site from now on. */
function useArrivals(tenant: string, site: string): Arrival[] {
  const [list, setList] = useState<Arrival[]>([]);
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type === "agent.enrolled" && event.data.tenant === tenant && event.data.site === site) {
          const { agent, name, hostname } = event.data;
          setList((last) => [...last.filter((one) => one.agent !== agent), { agent, name: hostname ?? name, online: false }]);
        } else if (event.type === "agent.online") {
          const { agent } = event.data;
          setList((last) => last.map((one) => (one.agent === agent ? { ...one, online: true } : one)));
        }
      }),
    [tenant, site],
  );
  return list;
}

/** This page comes from the server, which the machine is not to trust: somebody has to look where the server has no hand in. */
function Trusting({ version, sha256 }: { version: number; sha256: string }) {
  return (
    <section class="note" aria-label="Compare before you run it">
      <p>
        <b>Compare before you run it.</b> On the machine where you sign, <code>vedette trust show</code> prints the SHA-256 of the
        trust file (version {version}). It must be this one, or the machine would obey others than you:
      </p>
      <p class="hash">
        <code>{sha256}</code>
      </p>
    </section>
  );
}

function NotTrusting({ ca }: { ca: string }) {
  return (
    <section class="note" aria-label="What it will not do">
      <p>
        <b>There is no trust file yet</b>, so the machine will beat and report, and carry out nothing that anybody signs. It trusts this
        server’s CA alone, <code>{ca.slice(0, 23)}…</code>
      </p>
      <p>
        To begin with signed tasks, make one with <code>vedette trust init</code>, off the server, and hand it over; then this command
        has <code>--trust</code>. Machines that were added before adopt it by <code>vedette-agent trust adopt</code>.
      </p>
    </section>
  );
}

function Command({ made, close }: { made: Made; close: () => void }) {
  const arrivals = useArrivals(made.tenant, made.site);
  return (
    <div class="command">
      <p>
        Run this as root on {made.uses === 1 ? "the machine" : `each of the ${made.uses} machines`}. It is shown only now and
        good until <Moment time={made.expires} />.
      </p>
      {made.trust_sha256 ? <Trusting version={made.trust_version!} sha256={made.trust_sha256} /> : <NotTrusting ca={made.ca_sha256} />}
      <CopyText text={made.command} label="Command that adds a machine" />
      <p class="hint">
        It fetches the agent ({size(made.package_bytes)}) from {made.server}:{made.port}, and refuses it unless its SHA-256 is{" "}
        <code>{made.package_sha256.slice(0, 16)}…</code>
      </p>
      <div class="arrivals" role="status">
        {!arrivals.length && <p class="waiting">Waiting for the machine …</p>}
        {arrivals.map((one) => (
          <p key={one.agent}>
            <StateWord state={one.online ? "online" : "never"} />
            <span>
              host <Plain text={one.name} /> {one.online ? "is online" : "has enrolled, waiting for its first heartbeat …"}
            </span>
            <a href={`#/agent/${one.agent}`} onClick={close}>
              Open
            </a>
          </p>
        ))}
      </div>
    </div>
  );
}
