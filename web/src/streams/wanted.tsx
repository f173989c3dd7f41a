/** What a subscriber or an output may hear, as a form asks it. */
import { classWords } from "contract";

export const SEVERITIES: [string, string][] = [
  ["", "Any severity"],
  ["3", "1 to 3: degraded and graver"],
  ["2", "1 to 2: outages"],
  ["1", "1: critical only"],
];

/** Classes separated by blanks, as buttons. */
export function Classes({ label, chosen, change }: { label: string; chosen: string; change: (classes: string) => void }) {
  const on = chosen.split(" ");
  const flip = (one: string) => change(classWords.filter((name) => (name === one ? !on.includes(name) : on.includes(name))).join(" "));
  return (
    <div class="field" role="group" aria-label={label}>
      <span class="label">{label}: none chosen is all</span>
      <div class="chips">
        {classWords.map((one) => (
          <button key={one} type="button" class="chip" aria-pressed={on.includes(one)} onClick={() => flip(one)}>
            <span class="word">{one}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
