/** What is chosen of a backup, and what can be done with it: brought back here, or put into a document for people to sign. */
import { useState } from "preact/hooks";

import { Dialog } from "../parts/dialog";
import { Field, Problem, useWork } from "../parts/form";
import { plainly } from "../parts/plain";
import { bring, type State, type Work } from "./ask";
import { Draft } from "./draft";

const NAMED = 3;

interface Props {
  of: Work;
  now: State;
  backup: number;
  chosen: Map<number, string>; // by number; none: all of it
  clear: () => void;
  begun: () => void;
}

export function Chosen({ of, now, backup, chosen, clear, begun }: Props) {
  const [asking, setAsking] = useState<"bring" | "draft" | null>(null);
  const busy = now.bringing.state === "reads" || now.bringing.state === "writes";
  const ids = [...chosen.keys()];
  const what = chosen.size ? words([...chosen.values()]) : "All of this backup";
  return (
    <footer class="decision">
      <p role="status">
        {what} {chosen.size > 0 && <button type="button" class="only" onClick={clear}>choose nothing</button>}
      </p>
      <div class="actions">
        <button type="button" class="main" disabled={busy} onClick={() => setAsking("bring")}>
          Bring back here …
        </button>
        <button type="button" onClick={() => setAsking("draft")}>
          A document to be signed …
        </button>
      </div>
      {asking === "bring" && <Ask of={of} backup={backup} ids={ids} what={what} close={() => setAsking(null)} begun={begun} />}
      {asking === "draft" && <Draft of={of} now={now} backup={backup} ids={ids} close={() => setAsking(null)} />}
    </footer>
  );
}

/** "letters, notes.txt and 3 others" */
function words(names: string[]): string {
  const shown = names.slice(0, NAMED).map(plainly).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} others` : shown;
}

interface AskProps {
  of: Work;
  backup: number;
  ids: number[];
  what: string;
  close: () => void;
  begun: () => void;
}

function Ask({ of, backup, ids, what, close, begun }: AskProps) {
  const [to, setTo] = useState(of.to);
  const work = useWork();
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      await bring(backup, ids, to.trim());
      begun();
      close();
    });
  }
  return (
    <Dialog title="Bring back here" close={close}>
      <form onSubmit={submit}>
        <p>{what}, each with its whole path below this folder of this machine:</p>
        <Field
          label="Folder"
          value={to}
          change={setTo}
          maxLength={4096}
          hint="It is made, if the one that it stands in is there. Nothing in it is written over: what is the same is left alone, what is another file stays."
          required
        />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy}>
          Bring back
        </button>
      </form>
    </Dialog>
  );
}
