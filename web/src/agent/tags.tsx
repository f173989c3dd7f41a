/** An agent's tags, and their change. */
import type { AgentGetReply } from "contract";
import { useState } from "preact/hooks";

import { useCell } from "../cell";
import { fleet, fleetVersion } from "../fleet/live";
import { AddTag, tag } from "../fleet/tagging";
import { Problem, useWork } from "../parts/form";
import { Icon } from "../parts/icons";
import { may, type Session } from "../session";

export function Tags({ who, agent }: { who: Session; agent: AgentGetReply }) {
  const known = useCell(fleet);
  useCell(fleetVersion);
  const [adding, setAdding] = useState(false);
  const work = useWork();
  const row = known?.rowOf(agent.agent) ?? -1;
  if (!known || row < 0) return null;
  const mayTag = may(who, "operator");
  return (
    <span class="tags" role="group" aria-label="Tags">
      {known.tagsOf(row).map((word) => (
        <span key={word} class="tag">
          {word}
          {mayTag && (
            <button type="button" class="bare" disabled={work.busy} aria-label={`Remove the tag ${word}`} onClick={() => void work.run(() => tag([agent.agent], word, false))}>
              <Icon name="close" />
            </button>
          )}
        </span>
      ))}
      {mayTag && (
        <button type="button" class="bare add" onClick={() => setAdding(true)}>
          <Icon name="add" />
          Tag
        </button>
      )}
      <Problem of={work.problem} />
      {adding && <AddTag known={known} agents={[agent.agent]} what={agent.name} close={() => setAdding(false)} />}
    </span>
  );
}
