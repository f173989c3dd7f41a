/** API tokens: for programs that ask the portal in an administrator's place. */
import { roleWords, type ApitokenListReply } from "contract";
import { useState } from "preact/hooks";

import { call } from "../call";
import { exactSpan, serverNow } from "../clock";
import { Page } from "../frame";
import { Moment } from "../parts/age";
import { CopyText } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Choice, Field, Problem, useWork } from "../parts/form";
import { Icon } from "../parts/icons";
import { useLoaded } from "../parts/loaded";
import { Table } from "../parts/table";
import type { Role, Session } from "../session";

const LIVES: [string, string][] = [
  ["86400", "1 day"],
  ["2592000", "30 days"],
  ["7776000", "90 days"],
  ["31536000", "1 year"],
];

export function ApiTokensPage(_: { who: Session }) {
  const { data, problem, again } = useLoaded(() => call("apitoken.list", {}));
  const work = useWork();
  const [making, setMaking] = useState(false);
  const revoke = (token_id: number) =>
    work.run(async () => {
      await call("apitoken.revoke", { token_id });
      await again();
    });
  const make = (
    <button type="button" class="main" onClick={() => setMaking(true)}>
      <Icon name="add" />
      New API token
    </button>
  );
  return (
    <Page title="API tokens" side={make}>
      <p class="intro">
        A program that sends <code>Authorization: Bearer …</code> may do what its token's role may, never more than its maker.
      </p>
      <Problem of={problem ?? work.problem} />
      {data &&
        (data.token_id.length ? (
          <TokenTable list={data} busy={work.busy} revoke={(token_id) => void revoke(token_id)} />
        ) : (
          <p class="calm">There is no API token.</p>
        ))}
      {making && <Make close={() => (setMaking(false), void again())} />}
    </Page>
  );
}

function TokenTable({ list, busy, revoke }: { list: ApitokenListReply; busy: boolean; revoke: (token_id: number) => void }) {
  return (
    <section class="panel" aria-label="Tokens">
      <Table label="API tokens" heads={["Name", "Role", "Tenant", "Expires"]} actions>
        {list.token_id.map((token_id, i) => (
          <tr key={token_id}>
            <td data-th="Name">{list.name[i]}</td>
            <td data-th="Role">
              {list.role[i]}
              {list.only[i] && <small> for {list.only[i]} alone</small>}
            </td>
            <td data-th="Tenant">{list.tenant[i] ?? "all"}</td>
            <td data-th="Expires">
              <Moment time={list.expires[i]!} /> <small>in {exactSpan(Date.parse(list.expires[i]!) - serverNow())}</small>
            </td>
            <td>
              <button type="button" disabled={busy} onClick={() => revoke(token_id)}>
                Revoke<span class="hidden"> {list.name[i]}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Make({ close }: { close: () => void }) {
  const [token, setToken] = useState("");
  const work = useWork();
  const tenants = useLoaded(() => call("tenant.list", {}));
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [tenant, setTenant] = useState("");
  const [ttl_s, setLife] = useState("7776000");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      const made = await call("apitoken.create", { name: name.trim(), role, ttl_s: Number(ttl_s), tenant: tenant || undefined });
      setToken(made.token);
    });
  }
  const anywhere: [string, string][] = [["", "All tenants"]];
  return (
    <Dialog title="New API token" close={close}>
      {token ? (
        <>
          <p>This is the token of {name}. It is shown only now.</p>
          <CopyText text={token} label="API token" />
        </>
      ) : (
        <form onSubmit={submit}>
          <Field label="Name" field="name" value={name} change={setName} problem={work.problem} maxLength={64} required autofocus />
          <div class="pair">
            <Choice label="Role" value={role} change={(next) => setRole(next as Role)} options={[...roleWords]} />
            <Choice
              label="Tenant"
              value={tenant}
              change={setTenant}
              options={[...anywhere, ...(tenants.data?.tenant ?? []).map((one): [string, string] => [one, one])]}
            />
          </div>
          <Choice label="Good for" value={ttl_s} change={setLife} options={LIVES} />
          <Problem of={work.problem} />
          <button class="main" disabled={work.busy || !name.trim()}>
            Make the token
          </button>
        </form>
      )}
    </Dialog>
  );
}
