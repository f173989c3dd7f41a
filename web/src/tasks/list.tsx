/** Tasks: what waits for signatures, what is under way, what was. */
import type { TaskListReply } from "contract";

import { call } from "../call";
import { useCell } from "../cell";
import { rowsOf, type RowOf } from "../columns";
import { Page } from "../frame";
import { Moment } from "../parts/age";
import { Icon } from "../parts/icons";
import { useEvents, useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Problem } from "../parts/form";
import { Table } from "../parts/table";
import { may, type Session } from "../session";
import { concernsTasks } from "./concerns";
import { documentWords } from "./doing";
import { Drafts } from "./drafts";
import { Progress } from "./progress";
import { Standing } from "./standing";
import { drafts, loadDrafts } from "./waiting";

type Task = RowOf<TaskListReply>;

const LIST_MOST = 500;

async function load() {
  await loadDrafts();
  return rowsOf(await call("task.list", { limit: LIST_MOST }), "document").filter((one) => one.document_state !== "draft");
}

export function TasksPage({ who }: { who: Session }) {
  const { data, problem, again } = useLoaded(load);
  const waiting = useCell(drafts);
  useEvents(concernsTasks, () => void again(), [again]);
  const compose = may(who, "operator") && (
    <a class="button main" href="#/compose">
      <Icon name="add" />
      New task
    </a>
  );
  return (
    <Page title="Tasks" side={compose}>
      <p class="intro">
        A task runs only where its signers meant it to: each agent checks their signatures itself. Here tasks are put together and
        watched; they are signed by <code>vedette sign</code>, on a machine of your own.
      </p>
      <Problem of={problem} />
      <Standing />
      {waiting && waiting.length > 0 && <Drafts list={waiting} />}
      {data && (
        <section class="panel" aria-labelledby="tasks">
          <header>
            <h2 id="tasks">Signed</h2>
          </header>
          {data.length ? <TaskTable list={data} /> : <p class="calm">No task has been signed yet.</p>}
        </section>
      )}
    </Page>
  );
}

function TaskTable({ list }: { list: Task[] }) {
  return (
    <Table label="Signed tasks" heads={["Title", "State", "Runs", "Made"]} name="tasks">
      {list.map((one) => (
        <tr key={`${one.document}/${one.document_version}`}>
          <td data-th="Title">
            <a href={`#/task/${one.document}?version=${one.document_version}`}>
              <Plain text={one.title} />
            </a>
            {one.recurring && <span class="pill">recurring</span>}
          </td>
          <td data-th="State">{documentWords(one.document_state, one)}</td>
          <td data-th="Runs">
            <Progress of={one} label={`Runs of ${one.title}`} />
          </td>
          <td data-th="Made">
            <Moment time={one.made_at} /> <small>by {one.maker}</small>
          </td>
        </tr>
      ))}
    </Table>
  );
}
