/** A restore on a machine that has an agent, as a document for people to sign: a file that `vedette sign` reads, or paths for the portal. */
import { useState } from "preact/hooks";

import { toHex } from "../bytes";
import { pathsOf, restoreDocument, restoreLacks, restoreOf, type RestoreForm } from "../compose/restore/form";
import { CopyText } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Choice, Field, Problem } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { save } from "../parts/save";
import { paths, type State, type Work } from "./ask";

interface Props {
  of: Work;
  now: State;
  backup: number;
  ids: number[];
  close: () => void;
}

const SIGN = "vedette sign restore.json --out restore.signed.json --browser && vedette document submit restore.signed.json";

export function Draft(props: Props) {
  const { data, problem } = useLoaded(() => paths(props.backup, props.ids), [props.backup, props.ids.join()]);
  return (
    <Dialog title="A document to be signed" close={props.close}>
      <Problem of={problem} />
      {data && (
        <>
          {data.odd > 0 && (
            <p class="note">
              {data.odd === 1 ? "One name is" : `${data.odd} names are`} no text, or too long, and cannot stand in a document: choose the folder.
            </p>
          )}
          {(data.paths.length > 0 || !props.ids.length) && <Compose {...props} chosen={data.paths} />}
        </>
      )}
    </Dialog>
  );
}

function Compose({ of, now, backup, chosen }: Props & { chosen: string[] }) {
  const name = now.hostname || `agent ${of.agent}`;
  const [form, setForm] = useState<RestoreForm>(() => restoreOf({ ...of.backups[backup]!, agent: of.agent, name }, of.target, chosen));
  const [other, setOther] = useState({ agent: "", fingerprint: "" });
  const [elsewhere, setElsewhere] = useState(false);
  const change = (part: Partial<RestoreForm>) => setForm((last) => ({ ...last, ...part }));
  const on = elsewhere ? Number(other.agent) : of.agent;
  const whole = { ...form, agents: on ? [on] : [] };
  const lacks = restoreLacks(whole) || (elsewhere && !/^[0-9a-f]{64}$/.test(other.fingerprint) ? "The other machine’s key is 64 hexadecimal digits." : "");
  function give(event: Event) {
    event.preventDefault();
    const keys = new Map([[of.agent, { fingerprint: of.signer, agent: of.agent, name }]]);
    if (elsewhere) keys.set(on, { fingerprint: other.fingerprint, agent: on, name: "" });
    const document = toHex(crypto.getRandomValues(new Uint8Array(16)));
    const made = restoreDocument(whole, { deployment: of.deployment, document, version: 1, now: Date.now(), keys });
    for (const target of made.targets) if (!target.name) delete target.name;
    save("restore.json", `${JSON.stringify(made, null, 2)}\n`);
  }
  return (
    <form onSubmit={give}>
      <p>{chosen.length ? `${pathsOf(form).length} of ${chosen.length} paths` : "All of the backup"}, brought back by a machine’s agent, with keys from the restore key service.</p>
      <Field label="Title" value={form.title} change={(title) => change({ title })} maxLength={200} required />
      <Choice
        label="On"
        value={elsewhere ? "other" : "same"}
        change={(to) => setElsewhere(to === "other")}
        options={[
          ["same", `the machine that it is of, agent ${of.agent}`],
          ["other", "another machine"],
        ]}
      />
      {elsewhere && (
        <>
          <Field label="Its agent id" type="number" min={1} value={other.agent} change={(agent) => setOther({ ...other, agent })} required />
          <Field
            label="Fingerprint of its key"
            value={other.fingerprint}
            change={(fingerprint) => setOther({ ...other, fingerprint: fingerprint.trim() })}
            maxLength={64}
            hint="vedette agents show ID says it."
            required
          />
        </>
      )}
      <Field label="Folder there" value={form.into} change={(into) => change({ into })} maxLength={4096} required />
      <Field label="Target that has the backup, by its owner’s name" value={form.target} change={(target) => change({ target })} maxLength={32} required />
      <p class="hint" role="status">
        {lacks || "The portal’s composer does the same, if these paths are pasted there. Whoever sees the document sees them."}
      </p>
      <p class="actions">
        <button class="main" disabled={!!lacks}>
          Save restore.json
        </button>
      </p>
      <CopyText text={SIGN} label="Command that signs the document" />
      {chosen.length > 0 && <CopyText text={chosen.join("\n")} label="Paths" />}
    </form>
  );
}
