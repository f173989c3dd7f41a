/** What may be done with an agent, by role: rename, maintenance, retire. */
import type { AgentGetReply } from "contract";
import { useState } from "preact/hooks";

import { call } from "../call";
import type { State } from "../fleet/fleet";
import { Dialog } from "../parts/dialog";
import { Field, Problem, useWork } from "../parts/form";
import { may, type Session } from "../session";
import { BeginMaintenance } from "./maintenance";

type Action = "rename" | "maintenance" | "retire";

interface Props {
  agent: AgentGetReply;
  again: () => Promise<void>;
}

export function Actions({ who, agent, state, again }: Props & { who: Session; state: State }) {
  const [action, setAction] = useState<Action | null>(null);
  const work = useWork();
  if (!may(who, "operator") || state === "retired") return null;
  const dialog = { agent, again, close: () => setAction(null) };
  const endMaintenance = () =>
    work.run(async () => {
      await call("agent.maintenance", { agent: agent.agent, on: false });
      await again();
    });
  return (
    <div class="actions">
      <button type="button" onClick={() => setAction("rename")}>
        Rename
      </button>
      {state === "maintenance" ? (
        <button type="button" disabled={work.busy} onClick={() => void endMaintenance()}>
          End maintenance
        </button>
      ) : (
        <button type="button" onClick={() => setAction("maintenance")}>
          Maintenance
        </button>
      )}
      {may(who, "administrator") && (
        <button type="button" class="grave" onClick={() => setAction("retire")}>
          Retire
        </button>
      )}
      <Problem of={work.problem} />
      {action === "rename" && <Rename {...dialog} />}
      {action === "maintenance" && <BeginMaintenance agents={[agent.agent]} what={agent.name} done={again} close={dialog.close} />}
      {action === "retire" && <Retire {...dialog} />}
    </div>
  );
}

type DialogProps = Props & { close: () => void };

function Rename({ agent, again, close }: DialogProps) {
  const work = useWork();
  const [name, setName] = useState(agent.name);
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await call("agent.rename", { agent: agent.agent, name: name.trim() });
      await again();
      close();
    });
  }
  return (
    <Dialog title={`Rename ${agent.name}`} close={close}>
      <form onSubmit={submit}>
        <Field label="Name" field="name" value={name} change={setName} problem={work.problem} maxLength={64} required autofocus />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy || !name.trim()}>
          Rename
        </button>
      </form>
    </Dialog>
  );
}

function Retire({ agent, again, close }: DialogProps) {
  const work = useWork();
  const [typed, setTyped] = useState("");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await call("agent.retire", { agent: agent.agent });
      await again();
      close();
    });
  }
  return (
    <Dialog title={`Retire ${agent.name}`} close={close}>
      <form onSubmit={submit}>
        <p>
          The server will refuse this agent from now on. This cannot be undone: the machine would have to be enrolled anew, and
          its number is never used again.
        </p>
        <Field label={`Type ${agent.name} to confirm`} value={typed} change={setTyped} autocomplete="off" required autofocus />
        <Problem of={work.problem} />
        <button class="grave" disabled={work.busy || typed !== agent.name}>
          Retire for ever
        </button>
      </form>
    </Dialog>
  );
}
