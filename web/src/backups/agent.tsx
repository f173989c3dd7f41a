/** The backups of one agent: how they are, their calendar, each of them. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { rowsOf } from "../columns";
import { Page } from "../frame";
import { Icon } from "../parts/icons";
import { Problem } from "../parts/form";
import { useEvents, useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
import type { Session } from "../session";
import { Calendar } from "./calendar";
import { figures } from "./figures";
import { concernsBackups, usePlans } from "./known";
import { List } from "./list";
import { Now } from "./now";
import { Restores } from "./restorelist";
import { RunningList, useRunning } from "./running";
import { Standing } from "./standing";
import { readTargets } from "./targets";

const LISTED = 500;

async function load(agent: number) {
  const [of, list, report] = await Promise.all([
    call("agent.get", { agent }),
    call("backup.list", { agent, limit: LISTED }).then((reply) => rowsOf(reply, "backup")),
    call("agent.report", { agent }),
  ]);
  return { of, list, targets: readTargets(report.own_targets) };
}

export function AgentBackupsPage({ who, agent }: { who: Session; agent: number }) {
  const { data, problem, again } = useLoaded(() => load(agent), [agent]);
  const plans = usePlans({ agent });
  const running = useRunning(agent);
  const [open, setOpen] = useState("");
  useEvents((event) => concernsBackups(event) && (event.data as { agent?: number }).agent === agent, () => void again(), [agent, again]);
  const name = data?.of.name ?? `agent ${agent}`;
  return (
    <Page title={`Backups of ${name}`} side={<Now who={who} agent={agent} name={name} plans={plans.data ?? []} />}>
      <p class="crumbs">
        <a href="#/backups">
          <Icon name="back" />
          Backups
        </a>
        <a href={`#/agent/${agent}`}>
          <Plain text={name} />
        </a>
      </p>
      <Problem of={problem} />
      {running.length > 0 && (
        <section class="panel" aria-labelledby="running">
          <header>
            <h2 id="running">Under way</h2>
          </header>
          <RunningList list={running} />
        </section>
      )}
      {data && (
        <>
          <Standing plans={plans.data ?? []} of={figures(data.list)} targets={data.targets} />
          <Calendar agent={agent} show={setOpen} />
          <List who={who} agent={agent} list={data.list} open={open} show={setOpen} />
          <Restores agent={agent} />
        </>
      )}
    </Page>
  );
}
