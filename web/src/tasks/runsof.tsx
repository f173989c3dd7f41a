/** The live part of a task's page: bar, matrix, the chosen run's output, failures. */
import { useState } from "preact/hooks";

import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { Icon } from "../parts/icons";
import { Plain, plainly } from "../parts/plain";
import { may, type Session } from "../session";
import { RunWord } from "./doing";
import { Failures } from "./failures";
import { Matrix } from "./matrix";
import { Output } from "./output";
import { Progress } from "./progress";
import { how, type Run, type Shown, type Version } from "./runs";

interface Props {
  who: Session;
  runs: Shown;
  problem: Error | null;
}

export function RunsOf({ who, runs: { task, runs }, problem }: Props) {
  const [chosen, setChosen] = useState<{ agent: number; occurrence: number } | null>(null);
  const run = runs.find((one) => one.agent === chosen?.agent && one.occurrence === chosen.occurrence) ?? null;
  return (
    <>
      <section class="panel" aria-labelledby="runs">
        <header>
          <h2 id="runs">Runs</h2>
        </header>
        <Problem of={problem} />
        <Progress of={task} label="Runs that have ended" />
        <Matrix runs={runs} chosen={run} choose={setChosen} />
      </section>
      {run && <OneRun who={who} of={task} run={run} close={() => setChosen(null)} />}
      {may(who, "auditor") && <Failures of={task} runs={runs} choose={setChosen} />}
    </>
  );
}

function OneRun({ who, of, run, close }: { who: Session; of: Version; run: Run; close: () => void }) {
  return (
    <section class="panel" aria-label={`Run on ${plainly(run.name)}`}>
      <header>
        <h2>
          <a href={`#/agent/${run.agent}`}>
            <Plain text={run.name} />
          </a> <small>{run.site}</small>
        </h2>
        <button type="button" class="bare" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <p class="standing-line">
        <RunWord state={run.run_state} /> <Plain text={how(run)} />
        {run.started_at && (
          <small>
            {" "}
            began <Moment time={run.started_at} />
          </small>
        )}
        {run.ended_at && (
          <small>
            , ended <Moment time={run.ended_at} />
          </small>
        )}
      </p>
      {may(who, "auditor") ? (
        <Output of={{ document: of.document, document_version: of.document_version, agent: run.agent, occurrence: run.occurrence }} name={run.name} />
      ) : (
        <p class="hint">Output is shown to auditors and operators.</p>
      )}
    </section>
  );
}
