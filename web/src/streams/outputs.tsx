/** Outputs: receivers outside that the log's events are sent to (docs/outputs.md). */
import type { OutputListReply, OutputTestReply } from "contract";
import { useState } from "preact/hooks";

import { call } from "../call";
import { ago, exactSpan, serverNow } from "../clock";
import { Dialog } from "../parts/dialog";
import { Problem, useWork } from "../parts/form";
import { Icon } from "../parts/icons";
import { useTick } from "../parts/loaded";
import { may, type Session } from "../session";
import { AddOutput } from "./addoutput";
import { Doing, Hears, Lag, useFresh } from "./doing";

type Row = { [K in keyof OutputListReply]: OutputListReply[K][number] };

function rowsOf(reply: OutputListReply): Row[] {
  const names = Object.keys(reply) as (keyof OutputListReply)[];
  return reply.output.map((_, i) => Object.fromEntries(names.map((name) => [name, reply[name][i]])) as unknown as Row);
}

export function Outputs({ who }: { who: Session }) {
  const { data, problem, again } = useFresh(() => call("output.list", {}).then(rowsOf));
  const [adding, setAdding] = useState(false);
  const mayChange = may(who, "administrator") && !who.tenant;
  useTick(1000);
  return (
    <section class="panel" aria-labelledby="outputs">
      <header>
        <h2 id="outputs">Outputs</h2>
        {mayChange && (
          <button type="button" onClick={() => setAdding(true)}>
            <Icon name="add" />
            Add an output
          </button>
        )}
      </header>
      <Problem of={problem} />
      {data && !data.length && <p class="calm">Events are sent to no receiver: neither syslog nor a webhook.</p>}
      {data && data.length > 0 && (
        <ul class="outputs">
          {data.map((one) => (
            <Output key={one.output} one={one} mayChange={mayChange} again={again} />
          ))}
        </ul>
      )}
      {adding && <AddOutput close={() => (setAdding(false), void again())} />}
    </section>
  );
}

function State({ of }: { of: Row }) {
  if (!of.enabled) return <Doing like="maintenance" words="waits" />;
  if (of.failing_since) return <Doing like="offline" words={`failing for ${exactSpan(serverNow() - Date.parse(of.failing_since))}`} />;
  if (of.lag) return <Doing like="updating" words="sending" />;
  return <Doing like="online" words="up to date" />;
}

interface OutputProps {
  one: Row;
  mayChange: boolean;
  again: () => Promise<void>;
}

function Output({ one, mayChange, again }: OutputProps) {
  const work = useWork();
  const [tested, setTested] = useState<OutputTestReply | null>(null);
  const [removing, setRemoving] = useState(false);
  const test = () =>
    work.run(async () => {
      setTested(null);
      setTested(await call("output.test", { output: one.output }));
    });
  const enable = () =>
    work.run(async () => {
      await call("output.enable", { output: one.output, enabled: !one.enabled });
      await again();
    });
  return (
    <li aria-label={one.output}>
      <div class="what">
        <h3>{one.output}</h3>
        <State of={one} />
      </div>
      <dl>
        <div>
          <dt>{one.output_kind === "syslog" ? `Syslog over TLS, ${one.format}` : "Webhook"}</dt>
          <dd>{one.destination}</dd>
        </div>
        <div>
          <dt>Gets</dt>
          <dd>
            <Hears classes={one.classes ?? ""} tenant={one.tenant ?? null} sev={one.sev ?? 4} types={one.types ?? null} />
          </dd>
        </div>
        <div>
          <dt>Lag</dt>
          <dd>
            <Lag entries={one.lag} />
          </dd>
        </div>
        <div>
          <dt>Last delivered</dt>
          <dd>
            {one.last_success ? ago(one.last_success) : "nothing yet"}
            <small title="since the service started">
              {one.delivered} delivered, {one.failures} failed
            </small>
          </dd>
        </div>
      </dl>
      {mayChange && (
        <div class="actions">
          <button type="button" disabled={work.busy} onClick={() => void test()}>
            Test<span class="hidden"> {one.output}</span>
          </button>
          <button type="button" disabled={work.busy} onClick={() => void enable()}>
            {one.enabled ? "Let it wait" : "Let it go on"}
          </button>
          <button type="button" disabled={work.busy} onClick={() => setRemoving(true)}>
            Remove<span class="hidden"> {one.output}</span>
          </button>
        </div>
      )}
      <div class="result" role="status">
        {work.busy && "Asking the receiver …"}
        {tested && (tested.ok ? `Test: taken in ${tested.took_ms} ms.` : `Test: not taken. ${tested.reason ?? ""}`)}
      </div>
      <Problem of={work.problem} />
      {one.failing_since && one.last_error && <p class="reason">{one.last_error}</p>}
      {removing && <Remove output={one.output} close={() => (setRemoving(false), void again())} />}
    </li>
  );
}

function Remove({ output, close }: { output: string; close: () => void }) {
  const work = useWork();
  const remove = () =>
    work.run(async () => {
      await call("output.remove", { output });
      close();
    });
  return (
    <Dialog title={`Remove ${output}`} close={close}>
      <p>It gets nothing more, and where it was is forgotten. “Let it wait” stops it and keeps its place.</p>
      <Problem of={work.problem} />
      <p class="actions">
        <button type="button" class="grave" disabled={work.busy} onClick={() => void remove()}>
          Remove it
        </button>
      </p>
    </Dialog>
  );
}
