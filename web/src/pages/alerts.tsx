/** Alerts, open ones first, and after how long a silent agent raises one. */
import { useMemo, useState } from "preact/hooks";

import { alertProblem, alerts, loadAlerts, type Alert } from "../alerts";
import { call } from "../call";
import { useCell } from "../cell";
import { exactSpan, serverNow } from "../clock";
import { fleet } from "../fleet/live";
import { Page } from "../frame";
import { Moment } from "../parts/age";
import { Field, Problem, useWork } from "../parts/form";
import { useLoaded, useTick } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Severity } from "../parts/severity";
import { Table } from "../parts/table";
import { may, type Session } from "../session";

const KINDS: Record<Alert["kind"], string> = {
  "agent-offline": "Agent offline",
  "site-silent": "Whole site silent",
  "agent-cloned": "Identity used by two machines",
  "watch-critical": "A watch is critical",
  "watch-warning": "A watch warns",
  "watch-unknown": "A watch cannot measure",
  "log-forked": "Two histories of the log",
  "chain-broken": "Account of runs has a gap",
  "backup-failed": "A backup failed",
  "backup-missed": "A backup was not begun in time",
  "backup-doubtful": "A backup to be looked at",
  "backup-unproven": "A backup is not what it was",
  "proof-late": "Nobody has checked backups in time",
  "prune-stopped": "No backups are deleted",
  "audit-silent": "The log does not answer",
};

const RESOLVED_MOST = 200;

export function AlertsPage({ who }: { who: Session }) {
  const list = useCell(alerts);
  const problem = useCell(alertProblem);
  const open = useMemo(() => list?.filter((one) => one.open) ?? [], [list]);
  const resolved = useMemo(() => list?.filter((one) => !one.open).slice(0, RESOLVED_MOST) ?? [], [list]);
  return (
    <Page title="Alerts">
      {problem && (
        <p class="problem" role="alert">
          {problem}{" "}
          <button type="button" onClick={() => void loadAlerts()}>
            Try again
          </button>
        </p>
      )}
      {list && (
        <>
          <section class="panel" aria-labelledby="open">
            <header>
              <h2 id="open">Open</h2>
            </header>
            {open.length ? <AlertTable name="Open alerts" list={open} /> : <p class="calm">All quiet. No alert is open.</p>}
          </section>
          {resolved.length > 0 && (
            <section class="panel" aria-labelledby="resolved">
              <header>
                <h2 id="resolved">Resolved</h2>
              </header>
              <AlertTable name="Resolved alerts" list={resolved} />
            </section>
          )}
        </>
      )}
      <Limits who={who} />
    </Page>
  );
}

function AlertTable({ name, list }: { name: string; list: Alert[] }) {
  useTick(1000);
  return (
    <Table label={name} heads={["Severity", "What", "Where", "Reason", "Opened", "Lasted"]} name="alerts">
      {list.map((one) => (
        <AlertRow key={one.alert} one={one} />
      ))}
    </Table>
  );
}

function AlertRow({ one }: { one: Alert }) {
  const end = one.resolved_at ? Date.parse(one.resolved_at) : serverNow();
  return (
    <tr>
      <td data-th="Severity">
        <Severity sev={one.sev} />
      </td>
      <td data-th="What">{KINDS[one.kind]}</td>
      <td data-th="Where">
        <Where one={one} />
      </td>
      <td data-th="Reason">
        <Plain text={one.reason} />
      </td>
      <td data-th="Opened">
        <Moment time={one.opened_at} />
      </td>
      <td data-th="Lasted">
        {exactSpan(end - Date.parse(one.opened_at))}
        {one.resolved_at && (
          <small>
            until <Moment time={one.resolved_at} />
          </small>
        )}
      </td>
    </tr>
  );
}

function Where({ one }: { one: Alert }) {
  const place = one.tenant ? one.tenant + (one.site ? ` / ${one.site}` : "") : "this server";
  if (one.agent === null) return <>{place}</>;
  const known = fleet.value;
  const row = known ? known.rowOf(one.agent) : -1;
  return (
    <>
      <a href={`#/agent/${one.agent}`}>
        <Plain text={row >= 0 ? known!.name[row]! : `agent ${one.agent}`} />
      </a> <small>{place}</small>
    </>
  );
}

function Limits({ who }: { who: Session }) {
  const { data, problem, again } = useLoaded(async () => {
    const [tenants, rules] = await Promise.all([call("tenant.list", {}), call("rule.list", {})]);
    const own = new Map(rules.tenant.map((tenant, i) => [tenant, rules.offline_after_s[i]!]));
    return tenants.tenant.map((tenant) => ({ tenant, offline_after_s: own.get(tenant) ?? null }));
  });
  const mayChange = may(who, "administrator");
  return (
    <section class="panel" aria-labelledby="limits">
      <header>
        <h2 id="limits">Limits</h2>
        <p class="hint">After how long a silent agent raises an alert</p>
      </header>
      <Problem of={problem} />
      {data && (
        <ul class="limits">
          {data.map((one) => (
            <Limit key={one.tenant} {...one} mayChange={mayChange} again={again} />
          ))}
          {!data.length && <li class="calm">There is no tenant yet.</li>}
        </ul>
      )}
    </section>
  );
}

interface LimitProps {
  tenant: string;
  offline_after_s: number | null; // null: the server's setting
  mayChange: boolean;
  again: () => Promise<void>;
}

function Limit({ tenant, offline_after_s, mayChange, again }: LimitProps) {
  const work = useWork();
  const now = offline_after_s === null ? "" : String(offline_after_s);
  const [seconds, setSeconds] = useState(now);
  const words = (value: string) => (value ? exactSpan(Number(value) * 1000) : "as the server is set");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await call("rule.set", { tenant, offline_after_s: Number(seconds) });
      await again();
    });
  }
  if (!mayChange)
    return (
      <li>
        <b>{tenant}</b> {words(now)}
      </li>
    );
  return (
    <li>
      <form onSubmit={submit}>
        <Field
          label={`${tenant}: seconds`}
          type="number"
          min={45}
          max={604800}
          value={seconds}
          change={setSeconds}
          problem={work.problem}
          field="offline_after_s"
          hint={words(seconds)}
          required
        />
        <button disabled={work.busy || seconds === now}>Set</button>
        <Problem of={work.problem} />
      </form>
    </li>
  );
}
