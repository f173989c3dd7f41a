/** Backups: what is under way, what went wrong, every plan, every machine. */
import { useCell } from "../cell";
import { Page } from "../frame";
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { Icon } from "../parts/icons";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { may, type Session } from "../session";
import { Drafts } from "../tasks/drafts";
import { drafts } from "../tasks/waiting";
import { usePlans } from "./known";
import { Machines } from "./machines";
import { earliest, plansOf, stateWords, type Plan } from "./plans";
import { Restores } from "./restorelist";
import { RunningList, useRunning } from "./running";

export function BackupsPage({ who }: { who: Session }) {
  const { data, problem } = usePlans({});
  const running = useRunning();
  const waiting = useCell(drafts)?.filter((one) => one.document_kind === "backup-plan" || one.document_kind === "restore") ?? [];
  const compose = may(who, "operator") && (
    <a class="button main" href="#/compose/backup-plan">
      <Icon name="add" />
      New plan
    </a>
  );
  return (
    <Page title="Backups" side={compose}>
      <p class="intro">
        A plan says what machines back up, where to and when; people sign it, and each machine checks that. What it stores is sealed for its
        owner’s keys before it leaves: this server can neither read nor restore it.
      </p>
      <Problem of={problem} />
      {running.length > 0 && (
        <section class="panel" aria-labelledby="running">
          <header>
            <h2 id="running">Under way</h2>
          </header>
          <RunningList list={running} named />
        </section>
      )}
      {waiting.length > 0 && <Drafts list={waiting} />}
      {data && <Plans list={plansOf(data)} />}
      {data && data.length > 0 && (
        <section class="panel" aria-labelledby="machines">
          <header>
            <h2 id="machines">Machines</h2>
          </header>
          <Machines who={who} rows={data} titled />
        </section>
      )}
      <Restores />
    </Page>
  );
}

function Plans({ list }: { list: Plan[] }) {
  return (
    <section class="panel" aria-labelledby="plans">
      <header>
        <h2 id="plans">Plans</h2>
      </header>
      {!list.length && <p class="calm">No plan has been signed yet, so nothing is backed up by this server.</p>}
      {list.length > 0 && (
        <Table label="Backup plans" heads={["Plan", "Goes to", "Machines", "Newest backups", "Next"]} name="plans">
          {list.map((plan) => {
            const next = earliest(plan.machines.map((one) => one.next_at));
            return (
              <tr key={plan.document}>
                <td data-th="Plan">
                  <a href={`#/plan/${plan.document}?version=${plan.document_version}`}>
                    <Plain text={plan.title} />
                  </a>
                </td>
                <td data-th="Goes to">
                  <Plain text={plan.backup_target} />
                </td>
                <td data-th="Machines">{plan.machines.length}</td>
                <td data-th="Newest">{stateWords(plan.machines)}</td>
                <td data-th="Next">{next ? <Moment time={next} /> : "–"}</td>
              </tr>
            );
          })}
        </Table>
      )}
    </section>
  );
}
