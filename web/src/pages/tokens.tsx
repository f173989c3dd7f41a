/** Enrolment tokens that are still good. */
import { useState } from "preact/hooks";

import { AddMachine } from "../add";
import { call } from "../call";
import { exactSpan, serverNow } from "../clock";
import { Page } from "../frame";
import { Moment } from "../parts/age";
import { Icon } from "../parts/icons";
import { Problem, useWork } from "../parts/form";
import { useEvents, useLoaded } from "../parts/loaded";
import { Table } from "../parts/table";
import type { Session } from "../session";

export function TokensPage(_: { who: Session }) {
  const { data, problem, again } = useLoaded(() => call("token.list", {}));
  const work = useWork();
  const [adding, setAdding] = useState(false);
  useEvents((event) => event.type === "agent.enrolled", () => void again(), [again]);
  const revoke = (token_id: number) =>
    work.run(async () => {
      await call("token.revoke", { token_id });
      await again();
    });
  const make = (
    <button type="button" class="main" onClick={() => setAdding(true)}>
      <Icon name="add" />
      Add a machine
    </button>
  );
  return (
    <Page title="Enrolment tokens" side={make}>
      <p class="intro">A token lets so many machines join one site, until it expires. “Add a machine” makes one.</p>
      <Problem of={problem ?? work.problem} />
      {data && !data.token_id.length && <p class="calm">No token is good at present: no machine can join.</p>}
      {data && data.token_id.length > 0 && (
        <section class="panel" aria-label="Tokens">
          <Table label="Enrolment tokens" heads={["Number", "Tenant", "Site", "Uses left", "Expires"]} actions>
            {data.token_id.map((token_id, i) => (
              <tr key={token_id}>
                <td data-th="Number">{token_id}</td>
                <td data-th="Tenant">{data.tenant[i]}</td>
                <td data-th="Site">{data.site[i]}</td>
                <td data-th="Uses left">{data.uses_left[i]}</td>
                <td data-th="Expires">
                  <Moment time={data.expires[i]!} /> <small>in {exactSpan(Date.parse(data.expires[i]!) - serverNow())}</small>
                </td>
                <td>
                  <button type="button" disabled={work.busy} onClick={() => void revoke(token_id)}>
                    Revoke<span class="hidden"> token {token_id}</span>
                  </button>
                </td>
              </tr>
            ))}
          </Table>
        </section>
      )}
      {adding && (
        <AddMachine
          close={() => {
            setAdding(false);
            void again();
          }}
        />
      )}
    </Page>
  );
}
