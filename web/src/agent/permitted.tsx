/** What this endpoint permits, and holds, as it said itself: nobody else decides it. */
import type { AgentReportReply } from "contract";

import { call } from "../call";
import { exactSpan, serverNow } from "../clock";
import { rowsOf } from "../columns";
import { Fact, Facts } from "../document/fact";
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { useEvents, useLoaded, useTick } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { documentPath } from "../route";
import type { Event } from "../stream";
import { concernsTasks } from "../tasks/concerns";
import { Forked } from "./forked";
import { sentences } from "./policy";

const AGE_MS = 1_000;
const NUMBER = new Intl.NumberFormat("en");

interface Told {
  report: AgentReportReply;
  newest: number; // version of the newest trust file; 0: there is none
}

function concerns(event: Event): boolean {
  return concernsTasks(event) || event.type === "log.forked" || event.type === "log.agreed";
}

async function ask(agent: number): Promise<Told> {
  const report = await call("agent.report", { agent });
  const { trust_version } = await call("trust.get", { trust_version: report.trust_version ?? 1 });
  return { report, newest: trust_version[trust_version.length - 1] ?? 0 };
}

export function Permitted({ agent }: { agent: number }) {
  const { data, problem, again } = useLoaded(() => ask(agent), [agent]);
  useEvents(concerns, () => void again(), [again]);
  useTick(AGE_MS);
  const at = data?.report.reported_at;
  return (
    <section class="panel permitted" aria-labelledby="permitted">
      <header>
        <h2 id="permitted">What this endpoint permits</h2>
        {at && (
          <p class="hint">
            as it said <Moment time={at} />, {exactSpan(serverNow() - Date.parse(at))} ago
          </p>
        )}
      </header>
      <Problem of={problem} />
      {data && <Forked report={data.report} />}
      {data && !at && <Untold newest={data.newest} />}
      {data && at && <Report {...data} />}
    </section>
  );
}

/** An agent without a trust file opens no sealed mail, and sends none. */
function Untold({ newest }: { newest: number }) {
  return (
    <p class="calm">
      It has not said yet.{" "}
      {newest
        ? "It tells once it trusts a trust file: root says so on the machine, by vedette-agent trust adopt with the file’s SHA-256. Until then it carries nothing out."
        : "There is no trust file yet, so it carries nothing out: it beats, and reports its machine."}
    </p>
  );
}

function Report({ report, newest }: Told) {
  const held = rowsOf(report, "document");
  return (
    <>
      {report.frozen && <p class="note">Frozen: nothing begins there, and what ran was ended.</p>}
      {!report.policy && <p class="note">Its policy cannot be understood: nothing is carried out until it is mended there.</p>}
      <Facts>
        {sentences(report.policy ?? {}).map(({ about, words, grave }) => (
          <Fact key={about} name={about}>
            <span class={grave ? "grave" : ""}>
              <Plain text={words} />
            </span>
          </Fact>
        ))}
        <Fact name="Trust file">
          version {report.trust_version ?? "–"}
          {newest > (report.trust_version ?? 0) && <b class="grave"> version {newest} has not reached it</b>}
        </Fact>
        {report.held_size !== undefined && <Fact name="Log">it has seen the log grow to {NUMBER.format(report.held_size)} entries</Fact>}
      </Facts>
      <p class="hint">It stands in /etc/vedette/policy.conf there, and is changed there alone; no server can loosen it.</p>
      {held.length ? <Held rows={held} /> : <p class="calm">It holds no documents.</p>}
    </>
  );
}

function Held({ rows }: { rows: ReturnType<typeof rowsOf<AgentReportReply>> }) {
  return (
    <details>
      <summary>{rows.length === 1 ? "It holds one document" : `It holds ${rows.length} documents`} that may still act</summary>
      <Table label="Documents that it holds" heads={["Document", "Kind", "Version"]}>
        {rows.map((one) => (
          <tr key={one.document}>
            <td data-th="Document">
              <a href={`#${documentPath(one.document_kind ?? "", one.document, one.document_version)}`}>{one.title ? <Plain text={one.title} /> : <code>{one.document}</code>}</a>
            </td>
            <td data-th="Kind">{one.document_kind ?? "not known here"}</td>
            <td data-th="Version">{one.document_version}</td>
          </tr>
        ))}
      </Table>
    </details>
  );
}
