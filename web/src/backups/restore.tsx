/** A restore while it is carried out, on its document's page. */
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { Plain } from "../parts/plain";
import { ENDED, RunWord } from "../tasks/doing";
import { Restoring } from "./restoring";
import { isOpen, useRestores, type Restore } from "./restores";
import { whyNot } from "./whynot";

export function RestoreRun({ document, version }: { document: string; version: number }) {
  const { list, problem } = useRestores({ document });
  const one = list?.find((row) => row.document_version === version);
  return (
    <section class="panel" aria-labelledby="restore">
      <header>
        <h2 id="restore">How it goes</h2>
      </header>
      <Problem of={problem} />
      {one && <One of={one} />}
    </section>
  );
}

function One({ of }: { of: Restore }) {
  if (!of.run_state) return <p class="calm">{isOpen(of) ? "It goes into the log first, and then to its machine." : "It was not carried out."}</p>;
  const why = whyNot(of.code);
  return (
    <>
      <p class="standing-line">
        <RunWord state={of.run_state} /> on{" "}
        <a href={`#/agent/${of.agent}`}>
          <Plain text={of.name} />
        </a>
        {of.started_at && (
          <small>
            {" "}
            began <Moment time={of.started_at} />
          </small>
        )}
        {of.ended_at && (
          <small>
            , ended <Moment time={of.ended_at} />
          </small>
        )}
      </p>
      {(of.reason ?? of.code) && (
        <div class="note" role="status">
          <p>
            <b>
              <Plain text={of.reason ?? of.code ?? ""} />
            </b>{" "}
            {of.code && <small>({of.code})</small>}
          </p>
          {why && <p class="hint">{why}</p>}
        </div>
      )}
      <Restoring of={of} runs={!ENDED.has(of.run_state)} />
    </>
  );
}
