/** Add an output: where to, what, and by whose certificate. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { CopyText } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Choice, Field, Problem, useWork } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { Classes, SEVERITIES } from "./wanted";

type Kind = "webhook" | "syslog";
type Format = "json" | "cef" | "leef";

const KINDS: [string, string][] = [
  ["webhook", "Webhook: HTTPS, signed"],
  ["syslog", "Syslog over TLS"],
];
const FORMATS: [string, string][] = [
  ["json", "JSON"],
  ["cef", "CEF"],
  ["leef", "LEEF"],
];
const STARTS: [string, string][] = [
  ["", "Now"],
  ["start", "The oldest entry of the log"],
];

export function AddOutput({ close }: { close: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Dialog title="Add an output" close={close}>
      {secret === null ? <Form done={(key) => (key ? setSecret(key) : close())} /> : <Made secret={secret} />}
    </Dialog>
  );
}

function Made({ secret }: { secret: string }) {
  return (
    <>
      <p>The receiver checks each message by this key (Standard Webhooks). It is shown only now.</p>
      <CopyText text={secret} label="Key of the webhook’s signatures" />
    </>
  );
}

function Form({ done }: { done: (secret: string | undefined) => void }) {
  const work = useWork();
  const tenants = useLoaded(() => call("tenant.list", {}));
  const [output, setName] = useState("");
  const [kind, setKind] = useState<Kind>("webhook");
  const [destination, setDestination] = useState("");
  const [classes, setClasses] = useState("alert");
  const [sev, setSev] = useState("");
  const [tenant, setTenant] = useState("");
  const [format, setFormat] = useState<Format>("json");
  const [start, setStart] = useState("");
  const [ca, setCa] = useState("");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      const made = await call("output.add", {
        output: output.trim(),
        output_kind: kind,
        destination: destination.trim(),
        classes: classes || undefined,
        sev: sev ? Number(sev) : undefined,
        tenant: tenant || undefined,
        format: kind === "syslog" ? format : undefined,
        ca: ca.trim() ? btoa(`${ca.trim()}\n`) : undefined,
        from_start: start === "start" || undefined,
      });
      done(made.webhook_secret);
    });
  }
  return (
    <form onSubmit={submit}>
      <div class="pair">
        <Field label="Name" field="output" value={output} change={setName} problem={work.problem} maxLength={32} required autofocus />
        <Choice label="Kind" value={kind} change={(next) => setKind(next as Kind)} options={KINDS} />
      </div>
      <Field
        label={kind === "webhook" ? "URL" : "Host and port"}
        placeholder={kind === "webhook" ? "https://siem.example.org/vedette" : "siem.example.org:6514"}
        field="destination"
        value={destination}
        change={setDestination}
        problem={work.problem}
        maxLength={512}
        required
      />
      <Classes label="Classes" chosen={classes} change={setClasses} />
      <div class="pair">
        <Choice label="Severity" value={sev} change={setSev} options={SEVERITIES} />
        <Choice
          label="Tenant"
          value={tenant}
          change={setTenant}
          options={[["", "All tenants"], ...(tenants.data?.tenant ?? []).map((one): [string, string] => [one, one])]}
        />
        {kind === "syslog" && <Choice label="Body" value={format} change={(next) => setFormat(next as Format)} options={FORMATS} />}
        <Choice label="Begin with" value={start} change={setStart} options={STARTS} />
      </div>
      <div class="field">
        <label for="ca">CA of the receiver’s certificate, in PEM; left out: the authorities of the system</label>
        <textarea id="ca" rows={4} spellcheck={false} value={ca} onInput={(event) => setCa(event.currentTarget.value)} />
      </div>
      <Problem of={work.problem} />
      <button class="main" disabled={work.busy || !output.trim() || !destination.trim()}>
        Add the output
      </button>
    </form>
  );
}
