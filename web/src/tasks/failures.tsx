/** What went wrong, alike failures together: one look instead of a hundred. */
import { useEffect, useState } from "preact/hooks";

import { fromBase64 } from "../bytes";
import { call } from "../call";
import { Plain, PlainBox } from "../parts/plain";
import { BAD } from "./doing";
import { groups, type Failure } from "./groups";
import { how, type Run, type Version } from "./runs";

const LOOKED_AT = 60; // outputs fetched; more of them say nothing new
const AT_A_TIME = 4;
const TAIL_BYTES = 4_096;
const AGENTS_NAMED = 12;

async function tail({ document, document_version }: Version, run: Run): Promise<string | null> {
  const offset = Math.max(0, run.output_bytes - TAIL_BYTES);
  const part = await call("task.output", { document, document_version, agent: run.agent, occurrence: run.occurrence, offset }).catch(() => null);
  return part && new TextDecoder().decode(fromBase64(part.data).slice(0, TAIL_BYTES));
}

/** Outputs of failed runs, each fetched once. */
function useTails(of: Version, failed: Run[]): Map<string, string | null> {
  const [tails, setTails] = useState(new Map<string, string | null>());
  const wanted = failed.slice(0, LOOKED_AT).filter((run) => run.output_bytes > 0 && !tails.has(keyOf(run)));
  useEffect(() => {
    let gone = false;
    void Promise.all(wanted.slice(0, AT_A_TIME).map(async (run) => [keyOf(run), await tail(of, run)] as const)).then((found) => {
      if (!gone && found.length) setTails((last) => new Map([...last, ...found]));
    });
    return () => void (gone = true);
  }, [of.document, of.document_version, wanted.map(keyOf).join()]);
  return tails;
}

const keyOf = (run: Run) => `${run.agent}/${run.occurrence}`;

export function Failures({ of, runs, choose }: { of: Version; runs: Run[]; choose: (run: Run) => void }) {
  const failed = runs.filter((run) => BAD.has(run.run_state));
  const tails = useTails(of, failed);
  if (!failed.length) return null;
  const list = groups(
    failed.map((run): Failure => ({ agent: run.agent, name: run.name, how: `${run.run_state}: ${how(run) || "?"}`, output: tails.get(keyOf(run)) ?? null })),
  );
  const byAgent = new Map(failed.map((run) => [run.agent, run]));
  return (
    <section class="panel failures" aria-labelledby="failures">
      <header>
        <h2 id="failures">Failures, alike ones together</h2>
      </header>
      {list.map((group) => (
        <article key={`${group.how}${group.agents[0]}`}>
          <h3>
            {group.agents.length} {group.agents.length === 1 ? "agent" : "agents"}: <Plain text={group.how} />
          </h3>
          {group.output && <PlainBox text={group.output} label={`What ${group.agents.length} agents wrote last`} />}
          <p class="who">
            {group.agents.slice(0, AGENTS_NAMED).map((agent) => (
              <button key={agent} type="button" onClick={() => choose(byAgent.get(agent)!)}>
                <Plain text={byAgent.get(agent)!.name} />
              </button>
            ))}
            {group.agents.length > AGENTS_NAMED && <span>and {group.agents.length - AGENTS_NAMED} others</span>}
          </p>
        </article>
      ))}
    </section>
  );
}
