/** What changed since the version before. */
import { Plain } from "../parts/plain";
import type { Change, Line } from "./changes";

const SIGNS: Record<Line["is"], string> = { same: " ", added: "+", removed: "−" };
const SAID: Record<Line["is"], string> = { same: "", added: "added: ", removed: "removed: " };

export function Changed({ list }: { list: Change[] }) {
  if (!list.length) return <p class="calm">Nothing but its version and its date.</p>;
  return (
    <dl class="changes">
      {list.map((one) => (
        <div key={one.path}>
          <dt>
            <Plain text={one.path} />
          </dt>
          <dd>{one.lines ? <Lines list={one.lines} label={one.path} /> : <Values of={one} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function Values({ of }: { of: Change }) {
  return (
    <>
      {of.before !== undefined && (
        <del>
          <span class="hidden">was </span>
          <Plain text={of.before} />
        </del>
      )}
      {of.after !== undefined && (
        <ins>
          <span class="hidden">is now </span>
          <Plain text={of.after} />
        </ins>
      )}
    </>
  );
}

function Lines({ list, label }: { list: Line[]; label: string }) {
  return (
    <pre class="plain diff" tabIndex={0} role="region" aria-label={`Changed lines of ${label}`}>
      {list.map((line, i) => (
        <code key={i} class={line.is}>
          <span aria-hidden="true">{SIGNS[line.is]} </span>
          <span class="hidden">{SAID[line.is]}</span>
          <Plain text={line.text} />
          {"\n"}
        </code>
      ))}
    </pre>
  );
}
