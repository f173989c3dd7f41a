/** The backups of this agent, in short; all of them have a page. */
import { Deletes } from "../backups/deletes";
import { usePlans } from "../backups/known";
import { Now } from "../backups/now";
import { RunningList, useRunning } from "../backups/running";
import { restorePath } from "../backups/list";
import { BackupWord } from "../backups/state";
import { readTargets } from "../backups/targets";
import { call } from "../call";
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { may, type Session } from "../session";
import { size } from "../size";

export function AgentBackups({ who, agent, name }: { who: Session; agent: number; name: string }) {
  const { data, problem } = usePlans({ agent });
  const targets = useLoaded(async () => readTargets((await call("agent.report", { agent })).own_targets), [agent]).data;
  const running = useRunning(agent);
  const newest = data?.find((plan) => plan.backup && plan.backup_state === "done");
  return (
    <section class="panel" aria-labelledby="agent-backups">
      <header>
        <h2 id="agent-backups">Backups</h2>
        <div class="actions">
          {data && <Now who={who} agent={agent} name={name} plans={data} />}
          {newest && may(who, "operator") && (
            <a class="button" href={restorePath(newest.backup!, agent)}>
              Restore
            </a>
          )}
          <a class="button" href={`#/backups/${agent}`}>
            Calendar and all backups
          </a>
        </div>
      </header>
      <Problem of={problem} />
      {running.length > 0 && <RunningList list={running} />}
      {data && !data.length && <p class="calm">No plan says that it backs up.</p>}
      {data && data.length > 0 && (
        <Table label="Backup plans of this agent" heads={["Plan", "Newest", "Last done", "Size", "Last proven restore", "Next"]}>
          {data.map((plan) => (
            <tr key={plan.document}>
              <td data-th="Plan">
                <a href={`#/plan/${plan.document}?version=${plan.document_version}`}>
                  <Plain text={plan.title} />
                </a>
                <small>
                  to <Plain text={plan.backup_target} />
                </small>
              </td>
              <td data-th="Newest">{plan.backup_state ? <BackupWord state={plan.backup_state} /> : "none yet"}</td>
              <td data-th="Last done">{plan.done_at ? <Moment time={plan.done_at} /> : "never"}</td>
              <td data-th="Size">{plan.content_bytes == null ? "–" : size(plan.content_bytes)}</td>
              <td data-th="Proven">
                {plan.proven_at ? <Moment time={plan.proven_at} /> : "never"}
                {plan.verified_at && (
                  <small>
                    every byte read <Moment time={plan.verified_at} />
                  </small>
                )}
              </td>
              <td data-th="Next">{plan.next_at ? <Moment time={plan.next_at} /> : "–"}</td>
            </tr>
          ))}
        </Table>
      )}
      {data && data.length > 0 && targets && <Deletes names={data.map((plan) => plan.backup_target)} targets={targets} />}
    </section>
  );
}
