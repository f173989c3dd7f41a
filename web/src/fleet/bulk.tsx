/** What may be done with all agents that were chosen. */
import { useState } from "preact/hooks";

import { BeginMaintenance, setMaintenance } from "../agent/maintenance";
import { AGENTS_MOST } from "../compose/form";
import { Problem, useWork } from "../parts/form";
import { chooseNone } from "./chosen";
import type { Fleet } from "./fleet";
import { AddTag, RemoveTag, tagsAmong } from "./tagging";

type Action = "tag" | "untag" | "maintenance";

const NUMBER = new Intl.NumberFormat("en");
const CALLS_MOST = 1_000; // one for each agent: more would be a task for the command line

export function count(agents: number): string {
  return agents === 1 ? "1 agent" : `${NUMBER.format(agents)} agents`;
}

export function Bulk({ known, agents }: { known: Fleet; agents: number[] }) {
  const [action, setAction] = useState<Action | null>(null);
  const [ended, setEnded] = useState(0);
  const work = useWork();
  const what = count(agents.length);
  const close = () => setAction(null);
  const resting = agents.filter((agent) => known.stateOf(agent) === "maintenance");
  const tooMany = agents.length > CALLS_MOST;
  const end = () => work.run(() => setMaintenance(resting, false, undefined, setEnded));
  return (
    <section class="bulk" aria-label="Chosen agents">
      <b role="status">{what} chosen</b>
      <button type="button" onClick={() => setAction("tag")}>
        Tag
      </button>
      {tagsAmong(known, agents).length > 0 && (
        <button type="button" onClick={() => setAction("untag")}>
          Remove a tag
        </button>
      )}
      <button type="button" disabled={tooMany} title={tooMany ? `at most ${NUMBER.format(CALLS_MOST)} at a time` : undefined} onClick={() => setAction("maintenance")}>
        Maintenance
      </button>
      {resting.length > 0 && !tooMany && (
        <button type="button" disabled={work.busy} onClick={() => void end()}>
          {work.busy ? `${ended} of ${resting.length} …` : "End maintenance"}
        </button>
      )}
      {agents.length <= AGENTS_MOST ? (
        <a class="button" href={`#/compose?agents=${agents.join()}`}>
          New task
        </a>
      ) : (
        <span class="hint">A task names {NUMBER.format(AGENTS_MOST)} agents at most; more by their tenant or site.</span>
      )}
      <button type="button" class="bare" onClick={chooseNone}>
        Choose none
      </button>
      <Problem of={work.problem} />
      {action === "tag" && <AddTag known={known} agents={agents} what={what} close={close} />}
      {action === "untag" && <RemoveTag known={known} agents={agents} what={what} close={close} />}
      {action === "maintenance" && <BeginMaintenance agents={agents} what={what} done={() => {}} close={close} />}
    </section>
  );
}
