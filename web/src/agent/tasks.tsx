/** What this agent was given to do. */
import { call } from "../call";
import { rowsOf } from "../columns";
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { Icon } from "../parts/icons";
import { useEvents, useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { may, type Session } from "../session";
import { concernsTasks } from "../tasks/concerns";
import { RunWord } from "../tasks/doing";
import { how } from "../tasks/runs";

const LAST = 50;

export function AgentTasks({ who, agent }: { who: Session; agent: number }) {
  const { data, problem, again } = useLoaded(() => call("task.runs", { agent, limit: LAST }).then((reply) => rowsOf(reply, "document")), [agent]);
  useEvents(concernsTasks, () => void again(), [again]);
  return (
    <section class="panel" aria-labelledby="agent-tasks">
      <header>
        <h2 id="agent-tasks">Tasks</h2>
        {may(who, "operator") && (
          <a class="button" href={`#/compose?agents=${agent}`}>
            <Icon name="add" />
            New task here
          </a>
        )}
      </header>
      <Problem of={problem} />
      {data && !data.length && <p class="calm">It was given nothing to do.</p>}
      {data && data.length > 0 && (
        <Table label="Tasks of this agent" heads={["Task", "State", "Since"]}>
          {data.map((run) => (
            <tr key={`${run.document}/${run.document_version}/${run.occurrence}`}>
              <td data-th="Task">
                <a href={`#/task/${run.document}?version=${run.document_version}`}>
                  <Plain text={run.title} />
                </a>
              </td>
              <td data-th="State">
                <RunWord state={run.run_state} /> <small>
                  <Plain text={how(run)} />
                </small>
              </td>
              <td data-th="Since">
                <Moment time={run.since} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
