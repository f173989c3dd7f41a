/** The machines of a plan, or of all plans: how each one's newest backup is, and when the next is due. */
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import type { Session } from "../session";
import { size } from "../size";
import { usePlans } from "./known";
import { Now } from "./now";
import { worstFirst, type OnMachine } from "./plans";
import { BackupWord } from "./state";

const SHOWN = 200;

export function PlanMachines({ who, document }: { who: Session; document: string }) {
  const { data, problem } = usePlans({ document });
  return (
    <section class="panel" aria-labelledby="machines">
      <header>
        <h2 id="machines">Machines</h2>
      </header>
      <Problem of={problem} />
      {data && !data.length && <p class="calm">No machine has it yet.</p>}
      {data && data.length > 0 && <Machines who={who} rows={data} />}
    </section>
  );
}

export function Machines({ who, rows, titled }: { who: Session; rows: OnMachine[]; titled?: boolean }) {
  const heads = ["Machine", ...(titled ? ["Plan"] : []), "Newest", "Last done", "Size", "Proven", "Next"];
  return (
    <>
      <Table label="Machines and their backups" heads={heads} actions name="machines">
        {worstFirst(rows).slice(0, SHOWN).map((row) => (
          <Row key={`${row.agent}/${row.document}`} who={who} row={row} titled={titled} />
        ))}
      </Table>
      {rows.length > SHOWN && <p class="hint">and {rows.length - SHOWN} others, which are not worse</p>}
    </>
  );
}

function Row({ who, row, titled }: { who: Session; row: OnMachine; titled: boolean | undefined }) {
  return (
    <tr>
      <td data-th="Machine">
        <a href={`#/backups/${row.agent}`}>
          <Plain text={row.name} />
        </a>
        <small>
          {row.tenant} / {row.site}
        </small>
      </td>
      {titled && (
        <td data-th="Plan">
          <a href={`#/plan/${row.document}`}>
            <Plain text={row.title} />
          </a>
        </td>
      )}
      <td data-th="Newest">
        {row.backup_state ? <BackupWord state={row.backup_state} /> : "none yet"}
        {row.since && (
          <small>
            <Moment time={row.since} />
          </small>
        )}
      </td>
      <td data-th="Last done">{row.done_at ? <Moment time={row.done_at} /> : "never"}</td>
      <td data-th="Size">{row.content_bytes == null ? "–" : size(row.content_bytes)}</td>
      <td data-th="Proven">
        {row.proven_at ? <Moment time={row.proven_at} /> : "not yet"}
        {row.verified_at && (
          <small>
            every byte read <Moment time={row.verified_at} />
          </small>
        )}
      </td>
      <td data-th="Next">{row.next_at ? <Moment time={row.next_at} /> : "–"}</td>
      <td>
        <Now who={who} agent={row.agent} name={row.name} plans={[row]} />
      </td>
    </tr>
  );
}
