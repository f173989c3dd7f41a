/** Subscribers: who hears the streams by a key of their own (docs/soc.md). */
import { classWords, type SubscriberListReply } from "contract";
import { useState } from "preact/hooks";

import { call } from "../call";
import { ago, serverNow } from "../clock";
import { rowsOf, type RowOf } from "../columns";
import { Moment } from "../parts/age";
import { CopyText } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Choice, Field, Problem, useWork } from "../parts/form";
import { Icon } from "../parts/icons";
import { useLoaded, useTick } from "../parts/loaded";
import { Table } from "../parts/table";
import { Doing, Hears, Lag, useFresh } from "./doing";
import { Classes, SEVERITIES } from "./wanted";

const SILENT_MS = 15_000; // it says where it is each second, and that is written down every five
const LIVE_LAG = 256; // entries; more is no more live

type Row = RowOf<SubscriberListReply>;

function State({ of }: { of: Row }) {
  if (of.revoked) return <Doing like="retired" words="revoked" />;
  if (!of.last_contact) return <Doing like="never" words="never seen" />;
  if (serverNow() - Date.parse(of.last_contact) > SILENT_MS) return <Doing like="offline" words="away" />;
  return of.lag > LIVE_LAG ? <Doing like="updating" words="replaying" /> : <Doing like="online" words="live" />;
}

export function Subscribers() {
  const { data, problem, again } = useFresh(() => call("subscriber.list", {}).then((reply) => rowsOf(reply, "subscriber")));
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<Row | null>(null);
  useTick(1000);
  return (
    <section class="panel" aria-labelledby="subscribers">
      <header>
        <h2 id="subscribers">Subscribers</h2>
        <button type="button" onClick={() => setAdding(true)}>
          <Icon name="add" />
          Add a subscriber
        </button>
      </header>
      <Problem of={problem} />
      {data && !data.length && <p class="calm">Nobody subscribes. A SIEM that speaks ZeroMQ, or the reference client, may.</p>}
      {data && data.length > 0 && (
        <Table label="List of subscribers" heads={["Name", "State", "Hears", "Lag", "Next in each class", "Last contact"]} actions>
          {data.map((one) => (
            <tr key={one.subscriber}>
              <td data-th="Name">{one.name}</td>
              <td data-th="State">
                <State of={one} />
              </td>
              <td data-th="Hears">
                <Hears {...one} tenant={one.tenant ?? null} types={one.types ?? null} />
              </td>
              <td data-th="Lag">{one.revoked ? "–" : <Lag entries={one.lag} />}</td>
              <td data-th="Next">
                <code>{one.cursors}</code>
              </td>
              <td data-th="Last contact">{one.last_contact ? ago(one.last_contact) : "none"}</td>
              <td>
                {one.revoked ? (
                  <small>
                    since <Moment time={one.revoked} />
                  </small>
                ) : (
                  <button type="button" onClick={() => setRevoking(one)}>
                    Revoke<span class="hidden"> {one.name}</span>
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {adding && <Add close={() => (setAdding(false), void again())} />}
      {revoking && <Revoke one={revoking} close={() => (setRevoking(null), void again())} />}
    </section>
  );
}

function Revoke({ one, close }: { one: Row; close: () => void }) {
  const work = useWork();
  const revoke = () =>
    work.run(async () => {
      await call("subscriber.revoke", { subscriber: one.subscriber });
      close();
    });
  return (
    <Dialog title={`Revoke ${one.name}`} close={close}>
      <p>It hears nothing more from this moment on, on live connections too. Its key is never good again; to let it back in, add it anew.</p>
      <Problem of={work.problem} />
      <p class="actions">
        <button type="button" class="grave" disabled={work.busy} onClick={() => void revoke()}>
          Revoke for ever
        </button>
      </p>
    </Dialog>
  );
}

/** The key pair is made where the command runs: the server, and so this page, must never have the secret half. */
function Add({ close }: { close: () => void }) {
  const tenants = useLoaded(() => call("tenant.list", {}));
  const [name, setName] = useState("soc");
  const [classes, setClasses] = useState("alert");
  const [sev, setSev] = useState("");
  const [tenant, setTenant] = useState("");
  const wanted = classes.split(" ").filter(Boolean);
  const words = name.trim().replace(/[^A-Za-z0-9._-]+/g, "-") || "soc";
  const options = [
    ...(wanted.length ? wanted : classWords).map((one) => `--class ${one}`),
    sev && `--sev ${sev}`,
    tenant && `--tenant ${tenant}`,
    `--out ${words}.json`,
  ];
  const command = [`vedette --url ${location.origin} --ca ca.pem --token-file token subscriber add ${words}`, ...options.filter(Boolean)].join(" \\\n    ");
  return (
    <Dialog title="Add a subscriber" close={close}>
      <div class="command">
        <p>
          Run this where the subscriber is. It makes the key pair there and one file, <code>{words}.json</code>; the server never has the secret
          half. The token is an administrator’s; on the server itself <code>--state DIR</code> does instead of the first three options.
        </p>
        <Field label="Name" value={name} change={setName} maxLength={64} autofocus />
        <Classes label="Classes" chosen={classes} change={setClasses} />
        <div class="pair">
          <Choice label="Severity" value={sev} change={setSev} options={SEVERITIES} />
          <Choice
            label="Tenant"
            value={tenant}
            change={setTenant}
            options={[["", "All tenants"], ...(tenants.data?.tenant ?? []).map((one): [string, string] => [one, one])]}
          />
        </div>
        <CopyText text={command} label="Command that adds a subscriber" />
      </div>
    </Dialog>
  );
}
