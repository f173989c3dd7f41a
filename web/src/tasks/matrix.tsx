/** Every run as one cell, so that a thousand are seen at a glance; the arrow keys walk it, the chosen one opens. */
import { walk } from "../parts/cells";
import { Plain, plainly } from "../parts/plain";
import { RUN_MEANING, RunShape } from "./doing";
import { how, type Run } from "./runs";

interface Props {
  runs: Run[];
  chosen: Run | null;
  choose: (run: Run) => void;
}

const NAMED_MOST = 60; // runs whose names stand in their cells

export function words(run: Run): string {
  return plainly([run.name, RUN_MEANING[run.run_state], how(run)].filter(Boolean).join(": "));
}

export function Matrix({ runs, chosen, choose }: Props) {
  const named = runs.length <= NAMED_MOST;
  const at = Math.max(0, chosen ? runs.indexOf(chosen) : 0);
  return (
    <div class={named ? "matrix named" : "matrix"} role="group" aria-label="Runs by agent" onKeyDown={walk}>
      {runs.map((run, i) => (
        <button
          key={`${run.agent}/${run.occurrence}`}
          type="button"
          class={`run-${run.run_state}`}
          tabIndex={i === at ? 0 : -1}
          aria-pressed={run === chosen}
          aria-label={words(run)}
          title={words(run)}
          onClick={() => choose(run)}
        >
          <RunShape state={run.run_state} />
          {named && (
            <span>
              <Plain text={run.name} />
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
