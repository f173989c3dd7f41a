/** "Back up now": an order beside the calendar, kept as one made by hand. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { Dialog } from "../parts/dialog";
import { Choice, Problem, useWork } from "../parts/form";
import { Plain } from "../parts/plain";
import { may, type Session } from "../session";
import { CLASSES } from "./classes";
import type { OnMachine } from "./plans";

interface Props {
  who: Session;
  agent: number;
  name: string;
  plans: Pick<OnMachine, "document" | "title" | "backup_target">[];
}

export function Now(props: Props) {
  const [asking, setAsking] = useState(false);
  if (!may(props.who, "operator") || !props.plans.length) return null;
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        Back up now<span class="hidden"> {props.name}</span>
      </button>
      {asking && <Ask {...props} close={() => setAsking(false)} />}
    </>
  );
}

function Ask({ agent, name, plans, close }: Props & { close: () => void }) {
  const work = useWork();
  const [document, setDocument] = useState(plans[0]!.document);
  const plan = plans.find((one) => one.document === document)!;
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await call("backup.now", { agent, document });
      close();
    });
  }
  return (
    <Dialog title={`Back up ${name} now`} close={close}>
      <form onSubmit={submit}>
        {plans.length > 1 && <Choice label="Plan" value={document} change={setDocument} options={plans.map((one): [string, string] => [one.document, one.title])} />}
        <p>
          A full backup to <Plain text={plan.backup_target} />, of what the plan “<Plain text={plan.title} />” says, kept for {CLASSES.manual.kept}. The machine’s
          owner may allow it at some hours only: then it waits.
        </p>
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy}>
          Back up now
        </button>
      </form>
    </Dialog>
  );
}
