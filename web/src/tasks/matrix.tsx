/** Every run as one cell, so that a thousand are seen at a glance; the arrow keys walk it, the chosen one opens. */
import { useRef } from "preact/hooks";

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
  const box = useRef<HTMLDivElement>(null);
  const named = runs.length <= NAMED_MOST;
  const at = Math.max(0, chosen ? runs.indexOf(chosen) : 0);
  function onKeyDown(event: KeyboardEvent) {
    const cells = [...box.current!.querySelectorAll("button")];
    const here = cells.indexOf(document.activeElement as HTMLButtonElement);
    const row = Math.max(1, cells.findIndex((cell) => cell.offsetTop > cells[0]!.offsetTop));
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -here, End: cells.length };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    cells[Math.min(cells.length - 1, Math.max(0, here + step))]!.focus();
  }
  return (
    <div ref={box} class={named ? "matrix named" : "matrix"} role="group" aria-label="Runs by agent" onKeyDown={onKeyDown}>
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
