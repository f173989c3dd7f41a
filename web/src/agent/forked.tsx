/** Two histories of the log, as an agent was shown them: its evidence is two checkpoints that the log's own key signed. */
import type { AgentReportReply } from "contract";

import { PlainBox } from "../parts/plain";
import { save } from "../parts/save";

export function Forked({ report }: { report: AgentReportReply }) {
  if (report.forked)
    return (
      <section class="note forked" aria-labelledby="forked">
        <h3 id="forked">It was shown two histories of the log that cannot both be true</h3>
        <p>
          So it carries nothing out. Somebody who has the log’s key tells machines another story than you, or the log’s disk was set back. It goes
          on by a signed succession (<code>vedette trust succession</code>), or when root on the machine says so (<code>vedette-agent trust
          adopt</code>).
        </p>
        <Evidence of={report} />
      </section>
    );
  if (!report.held_checkpoint) return null;
  return (
    <details>
      <summary>It was once shown two histories of the log; people have ended that</summary>
      <Evidence of={report} />
    </details>
  );
}

function Evidence({ of: { held_checkpoint: held, seen_checkpoint: seen } }: { of: AgentReportReply }) {
  if (!held || !seen) return <p class="hint">Its evidence has not arrived.</p>;
  return (
    <>
      <div class="columns">
        <Checkpoint text={held} label="What it remembered" />
        <Checkpoint text={seen} label="What it was shown" />
      </div>
      <p class="actions">
        <button type="button" onClick={() => save("evidence.txt", `${held}\n${seen}`)}>
          Save both
        </button>
        <span class="hint">Log’s name, number of entries, root hash, signatures. What to do then stands in docs/signing.md.</span>
      </p>
    </>
  );
}

function Checkpoint({ text, label }: { text: string; label: string }) {
  return (
    <div>
      <p class="minor">{label}</p>
      <PlainBox text={text} label={label} />
    </div>
  );
}
