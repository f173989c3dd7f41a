/** How many of all are done, have failed, are still open: one bar, and the same in words. */
const NUMBER = new Intl.NumberFormat("en");

interface Counts {
  runs: number;
  runs_open: number;
  runs_done: number;
  runs_failed: number;
}

export function Progress({ of, label }: { of: Counts; label: string }) {
  const cancelled = Math.max(0, of.runs - of.runs_open - of.runs_done - of.runs_failed);
  const parts: [string, number, string][] = [
    ["run-done", of.runs_done, "done"],
    ["run-failed", of.runs_failed, "failed"],
    ["run-cancelled", cancelled, "cancelled"],
    ["run-queued", of.runs_open, "open"],
  ];
  const words = parts.filter(([, count]) => count).map(([, count, word]) => `${NUMBER.format(count)} ${word}`);
  const ended = of.runs - of.runs_open;
  return (
    <div class="progress">
      <div class="proportion" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(1, of.runs)} aria-valuenow={ended}>
        {parts.map(([name, count]) => count > 0 && <span key={name} class={name} style={{ flexGrow: Math.max(count / of.runs, 0.006) }} />)}
      </div>
      <span>{words.join(", ") || "no run yet"}</span>
    </div>
  );
}
