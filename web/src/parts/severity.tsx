/** A severity as people see it: its number and a word, so that colour is never the only sign. */
export const SEVERITY_WORDS = ["", "critical", "outage", "degraded", "notice"];

export function Severity({ sev }: { sev: number }) {
  return (
    <span class={`severity s${sev}`}>
      {sev} {SEVERITY_WORDS[sev]}
    </span>
  );
}
