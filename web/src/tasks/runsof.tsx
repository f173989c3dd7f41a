/** The live part of a task's page: bar, matrix, the chosen run's output, failures. */
import { useEffect, useState } from "preact/hooks";

import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { Icon } from "../parts/icons";
import { useEvents, useLoaded } from "../parts/loaded";
import { Plain, plainly } from "../parts/plain";
import { may, type Session } from "../session";
import { RunWord } from "./doing";
import { Failures } from "./failures";
import { concernsTasks } from "./list";
import { Matrix } from "./matrix";
import { Output } from "./output";
import { Progress } from "./progress";
import { how, loadRuns, type Run } from "./runs";

const REFRESH_MS = 5_000; // states that no event tells: queued, delivered

export function RunsOf({ who, document }: { who: Session; document: string }) {
  const { data, problem, again } = useLoaded(() => loadRuns(document), [document]);
  const [chosen, setChosen] = useState<{ agent: number; occurrence: number } | null>(null);
  const open = data ? data.task.runs_open > 0 : false;
  useEvents(concernsTasks, () => void again(), [again]);
  useEffect(() => {
    const timer = open ? setInterval(() => window.document.hidden || void again(), REFRESH_MS) : 0;
    return () => clearInterval(timer);
  }, [open, again]);
  if (!data) return <Problem of={problem} />;
  const run = data.runs.find((one) => one.agent === chosen?.agent && one.occurrence === chosen.occurrence) ?? null;
  return (
    <>
      <section class="panel" aria-labelledby="runs">
        <header>
          <h2 id="runs">Runs</h2>
        </header>
        <Problem of={problem} />
        <Progress of={data.task} label="Runs that have ended" />
        <Matrix runs={data.runs} chosen={run} choose={setChosen} />
      </section>
      {run && <OneRun who={who} document={document} run={run} close={() => setChosen(null)} />}
      {may(who, "auditor") && <Failures document={document} runs={data.runs} choose={setChosen} />}
    </>
  );
}

function OneRun({ who, document, run, close }: { who: Session; document: string; run: Run; close: () => void }) {
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
        <Output of={{ document, agent: run.agent, occurrence: run.occurrence }} name={run.name} />
      ) : (
        <p class="hint">Output is shown to auditors and operators.</p>
      )}
    </section>
  );
}
