/** One agent: its presence now and lately, what its machine is, and what may be done with it. */
import type { AgentGetReply } from "contract";
import { useEffect, useState } from "preact/hooks";

import { call } from "../call";
import { exactSpan, heardClock, serverNow } from "../clock";
import type { State } from "../fleet/fleet";
import { Page } from "../frame";
import { Lasting, Moment } from "../parts/age";
import { Icon } from "../parts/icons";
import { lazy } from "../parts/lazy";
import { useEvents, useLoaded, useTick } from "../parts/loaded";
import { STATE_MEANING, StateWord } from "../parts/state";
import type { Session } from "../session";
import { Actions } from "./actions";
import { Facts } from "./facts";
import { Presence } from "./presence";
import { Tags } from "./tags";
import { Watches } from "./watches";

const AgentTasks = lazy(async () => (await import("./tasks")).AgentTasks);
const AgentBackups = lazy(async () => (await import("./backups")).AgentBackups);
const Permitted = lazy(async () => (await import("./permitted")).Permitted);

const REFRESH_MS = 2_000;
const INVENTORY_MS = 3_000; // it comes by mail, some seconds after an agent's first heartbeat, and no event tells of it

interface Live {
  state: State;
  seen: number; // server's clock; 0: never
}

/** State and last heartbeat, asked for every two seconds and at each event: events alone carry no ages. */
function useLive(agent: number): Live | null {
  const [live, setLive] = useState<Live | null>(null);
  const ask = async () => {
    const reply = await call("agents.live", { ids: String(agent) }).catch(() => null);
    if (!reply?.agent.length) return;
    heardClock(reply.now);
    const age = reply.age_ms[0];
    setLive({ state: reply.state[0]!, seen: age == null ? 0 : Date.parse(reply.now) - age });
  };
  useEffect(() => {
    void ask();
    const timer = setInterval(() => document.hidden || void ask(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [agent]);
  useEvents((event) => isAbout(event.data, agent), () => void ask(), [agent]);
  return live;
}

function isAbout(data: object, agent: number): boolean {
  return (data as { agent?: number }).agent === agent;
}

export function AgentPage({ who, agent }: { who: Session; agent: number }) {
  const { data, problem, again } = useLoaded(() => call("agent.get", { agent }), [agent]);
  const live = useLive(agent);
  useEvents((event) => isAbout(event.data, agent), () => void again(), [agent, again]);
  const wanting = data !== null && !data.inventory && data.state === "online";
  useEffect(() => {
    const timer = wanting ? setInterval(() => document.hidden || void again(), INVENTORY_MS) : 0;
    return () => clearInterval(timer);
  }, [wanting, again]);
  if (!data)
    return (
      <Page title={`Agent ${agent}`}>
        {problem ? (
          <p class="problem" role="alert">
            {problem.message} <a href="#/fleet">Back to the fleet</a>
          </p>
        ) : (
          <p class="waiting" role="status">
            Loading …
          </p>
        )}
      </Page>
    );
  const state = live?.state ?? data.state;
  return (
    <Page title={data.name} side={<Actions who={who} agent={data} state={state} again={again} />}>
      <div class="crumbs">
        <a href="#/fleet">
          <Icon name="back" />
          Fleet
        </a>
        <span>
          {data.tenant} / {data.site}
        </span>
        <span>agent {data.agent}</span>
        <a href={`#/log?range=7d&agent=${data.agent}`}>In the log</a>
        <Tags who={who} agent={data} />
      </div>
      <Now agent={data} live={live} />
      <Presence agent={data} state={state} />
      <AgentTasks who={who} agent={agent} />
      <AgentBackups who={who} agent={agent} name={data.name} />
      <Watches agent={agent} />
      <Permitted agent={agent} />
      <Facts agent={data} />
    </Page>
  );
}

function Now({ agent, live }: { agent: AgentGetReply; live: Live | null }) {
  useTick(1000);
  const state = live?.state ?? agent.state;
  const seen = live ? live.seen : agent.last_seen ? Date.parse(agent.last_seen) : 0;
  return (
    <section class={`now is-${state}`} aria-label="Now">
      <div class="standing">
        <span role="status">
          <StateWord state={state} />
        </span>
        <span class="meaning">{STATE_MEANING[state]}</span>
      </div>
      <dl>
        <div>
          <dt>Since</dt>
          <dd>
            <Moment time={agent.since} />
            <small>
              <Lasting since={agent.since} />
            </small>
          </dd>
        </div>
        <div>
          <dt>Last heartbeat</dt>
          <dd class="live-age">{seen ? `${exactSpan(serverNow() - seen)} ago` : "none yet"}</dd>
        </div>
        <div>
          <dt>Address</dt>
          <dd>{agent.address ?? "–"}</dd>
        </div>
        <div>
          <dt>Enrolled</dt>
          <dd>
            <Moment time={agent.enrolled_at} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
