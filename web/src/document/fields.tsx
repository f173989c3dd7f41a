/** A document of a kind that has no view of its own: its fields as they stand, nothing left out. */
import { Plain } from "../parts/plain";
import type { Head } from "./document";
import { Fact, Facts } from "./fact";

const SHOWN_ABOVE = new Set(["kind", "title", "version", "document", "deployment"]);

export function Fields({ head }: { head: Head }) {
  return (
    <Facts>
      {Object.entries(head)
        .filter(([name]) => !SHOWN_ABOVE.has(name))
        .map(([name, value]) => (
          <Fact key={name} name={name}>
            <Value of={value} />
          </Fact>
        ))}
    </Facts>
  );
}

function Value({ of }: { of: unknown }) {
  if (Array.isArray(of))
    return (
      <ul class="values">
        {of.map((one, i) => (
          <li key={i}>
            <Value of={one} />
          </li>
        ))}
        {!of.length && <li>none</li>}
      </ul>
    );
  if (of !== null && typeof of === "object")
    return (
      <dl class="inner">
        {Object.entries(of).map(([name, value]) => (
          <div key={name}>
            <dt>
              <Plain text={name} />
            </dt>
            <dd>
              <Value of={value} />
            </dd>
          </div>
        ))}
      </dl>
    );
  return (
    <span class="plain">
      <Plain text={typeof of === "string" ? of : JSON.stringify(of)} />
    </span>
  );
}
