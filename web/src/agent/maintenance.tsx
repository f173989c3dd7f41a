/** Maintenance of one agent or of many: begun for some time, or ended. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { serverNow } from "../clock";
import { Dialog } from "../parts/dialog";
import { Choice, Problem, useWork } from "../parts/form";

const AT_A_TIME = 4; // each is written into the log first

const LENGTHS: [string, string][] = [
  ["3600", "1 hour"],
  ["14400", "4 hours"],
  ["28800", "8 hours"],
  ["86400", "1 day"],
  ["604800", "1 week"],
  ["", "Until somebody ends it"],
];

/** Some at a time; done counts up. The first refusal ends it. */
export async function setMaintenance(agents: number[], on: boolean, until: string | undefined, done: (count: number) => void): Promise<void> {
  const left = [...agents];
  let count = 0;
  const worker = async () => {
    for (let agent = left.shift(); agent !== undefined; agent = left.shift()) {
      try {
        await call("agent.maintenance", { agent, on, until });
      } catch (problem) {
        left.length = 0;
        throw problem;
      }
      done(++count);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

interface Props {
  agents: number[];
  what: string; // "web-1", "12 agents"
  done: () => Promise<void> | void;
  close: () => void;
}

export function BeginMaintenance({ agents, what, done, close }: Props) {
  const work = useWork();
  const [length_s, setLength] = useState("14400");
  const [count, setCount] = useState(0);
  function submit(event: Event) {
    event.preventDefault();
    const until = length_s ? new Date(serverNow() + Number(length_s) * 1000).toISOString() : undefined;
    void work.run(async () => {
      await setMaintenance(agents, true, until, setCount);
      await done();
      close();
    });
  }
  return (
    <Dialog title={`Maintenance of ${what}`} close={close}>
      <form onSubmit={submit}>
        <p>While it lasts, {agents.length === 1 ? "the agent is" : "the agents are"} shown as in maintenance, and silence raises no alert.</p>
        <Choice label="For" value={length_s} change={setLength} options={LENGTHS} />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy}>
          {work.busy && agents.length > 1 ? `${count} of ${agents.length} …` : "Begin maintenance"}
        </button>
      </form>
    </Dialog>
  );
}
