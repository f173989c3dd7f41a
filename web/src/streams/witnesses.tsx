/** Witnesses: who follows the log from outside and cosigns what they saw (docs/auditors.md). */
import { classWords } from "contract";
import { useState } from "preact/hooks";

import { call } from "../call";
import { ago } from "../clock";
import { Dialog } from "../parts/dialog";
import { Field, Problem, useWork } from "../parts/form";
import { Icon } from "../parts/icons";
import { useTick } from "../parts/loaded";
import { Table } from "../parts/table";
import { readCheckpoint } from "../log/proof/note";
import { portalSource } from "../log/source";
import { may, type Session } from "../session";
import { Doing, Lag, useFresh } from "./doing";

interface Witness {
  witness: string;
  id: string; // of its key
  lag: number | null; // entries of all classes that it has not cosigned; null: it cosigned nothing yet
  last_contact: string | null;
}

/** Entries of each class, as the newest checkpoint says. */
async function sizes(): Promise<Record<string, number>> {
  const pairs = classWords.map(async (log): Promise<[string, number]> => {
    const text = await portalSource(log).text("checkpoint");
    return [log, text === null ? 0 : readCheckpoint(text).size];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

function lagOf(cosigned: string | null, heads: Record<string, number>): number | null {
  if (!cosigned) return null;
  const known = Object.fromEntries(cosigned.split(" ").map((pair) => pair.split("=")));
  return Object.entries(heads).reduce((sum, [log, size]) => sum + Math.max(0, size - Number(known[log] ?? 0)), 0);
}

async function load(): Promise<{ quorum: number; list: Witness[] }> {
  const reply = await call("witness.list", {});
  const heads = reply.witness.length ? await sizes() : {};
  const list = reply.witness.map((witness, i) => ({
    witness,
    id: reply.vkey[i]!.split("+")[1] ?? "",
    lag: lagOf(reply.cosigned[i] ?? null, heads),
    last_contact: reply.last_contact[i] ?? null,
  }));
  return { quorum: reply.quorum, list };
}

export function Witnesses({ who }: { who: Session }) {
  const { data, problem, again } = useFresh(load);
  const [adding, setAdding] = useState(false);
  const work = useWork();
  useTick(1000);
  const mayChange = may(who, "administrator") && !who.tenant;
  const remove = (witness: string) =>
    work.run(async () => {
      await call("witness.remove", { witness });
      await again();
    });
  return (
    <section class="panel" aria-labelledby="witnesses">
      <header>
        <h2 id="witnesses">Witnesses</h2>
        {mayChange && (
          <button type="button" onClick={() => setAdding(true)}>
            <Icon name="add" />
            Add a witness
          </button>
        )}
      </header>
      <Problem of={problem ?? work.problem} />
      {data && (
        <p class="hint">
          {data.quorum
            ? `${data.quorum} must have cosigned before a receipt is made.`
            : "None is demanded (quorum 0): that the log was rewritten is only detectable by who holds two checkpoints."}
        </p>
      )}
      {data && !data.list.length && <p class="calm">Nobody witnesses this log.</p>}
      {data && data.list.length > 0 && (
        <Table label="List of witnesses" heads={["Witness", "Key", "State", "Not yet cosigned", "Last contact"]} actions={mayChange}>
          {data.list.map((one) => (
            <tr key={one.witness}>
              <td data-th="Witness">{one.witness}</td>
              <td data-th="Key">
                <code>{one.id}</code>
              </td>
              <td data-th="State">
                {one.lag === null ? <Doing like="never" words="not heard of yet" /> : <Doing like="online" words="cosigns" />}
              </td>
              <td data-th="Lag">{one.lag === null ? "–" : <Lag entries={one.lag} />}</td>
              <td data-th="Last contact">{one.last_contact ? ago(one.last_contact) : "none"}</td>
              {mayChange && (
                <td>
                  <button type="button" disabled={work.busy} onClick={() => void remove(one.witness)}>
                    Remove<span class="hidden"> {one.witness}</span>
                  </button>
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      {adding && <Add close={() => (setAdding(false), void again())} />}
    </section>
  );
}

function Add({ close }: { close: () => void }) {
  const work = useWork();
  const [vkey, setKey] = useState("");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await call("witness.add", { vkey: vkey.trim() });
      close();
    });
  }
  return (
    <Dialog title="Add a witness" close={close}>
      <form onSubmit={submit}>
        <p>
          On a machine that the server’s administrators do not run, <code>vedette witness init</code> makes its key and prints the public half.
        </p>
        <Field
          label="Public key"
          placeholder="witness.example.com/vedette+…"
          field="vkey"
          value={vkey}
          change={setKey}
          problem={work.problem}
          maxLength={256}
          required
          autofocus
        />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy || !vkey.trim()}>
          Let its cosignatures count
        </button>
      </form>
    </Dialog>
  );
}
