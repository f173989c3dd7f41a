/** Who is meant: every agent by the fingerprint of its key, which is what counts. */
import { useState } from "preact/hooks";

import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import type { Meant } from "./document";

const SHOWN = 50; // then on demand

export function Targets({ of }: { of: Meant }) {
  const [all, setAll] = useState(false);
  const agents = of.targets ?? [];
  const shown = all ? agents : agents.slice(0, SHOWN);
  return (
    <section class="targets" aria-label="Targets">
      <p class="minor">Targets</p>
      <Place of={of} />
      {agents.length > 0 && <p>{agents.length === 1 ? "One agent" : `${agents.length} agents`}</p>}
      {shown.length > 0 && (
        <Table label="Targets by fingerprint" heads={["Agent", "Name", "Fingerprint of its key"]} name="targets">
          {shown.map((one) => (
            <tr key={one.fingerprint}>
              <td data-th="Agent">{one.agent ?? "–"}</td>
              <td data-th="Name">
                <Plain text={one.name ?? ""} />
              </td>
              <td data-th="Fingerprint">
                <code>{one.fingerprint}</code>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {shown.length < agents.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {agents.length}
        </button>
      )}
    </section>
  );
}

function Place({ of: { tenant, site, targets } }: { of: Meant }) {
  if (!tenant && !targets) return <p>Every agent of this deployment, those that join later as well</p>;
  if (!tenant) return null;
  return (
    <p>
      Every agent of <b>{tenant}</b>
      {site ? (
        <>
          {" "}
          at <b>{site}</b>
        </>
      ) : (
        ", at all of its sites"
      )}
      , those that join later as well
    </p>
  );
}
