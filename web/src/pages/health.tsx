/** Health: does every process of this server do its work? */
import { useEffect } from "preact/hooks";

import { call } from "../call";
import { exactSpan } from "../clock";
import { Page } from "../frame";
import { Problem } from "../parts/form";
import { useEvents, useLoaded } from "../parts/loaded";
import { Shape } from "../parts/state";
import type { Session } from "../session";

const REFRESH_MS = 5_000;

const WORK: Record<string, string> = {
  ingest: "takes heartbeats and enrols agents",
  portal: "serves this page and the API",
  scheduler: "keeps what people signed, and brings it to its agents",
  backup: "orders backups and keeps their catalogue",
  audit: "keeps the log",
  alert: "raises alerts",
  redis: "holds live state",
};

export function HealthPage(_: { who: Session }) {
  const { data, problem, again } = useLoaded(() => call("system.health", {}));
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void again(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [again]);
  useEvents((event) => event.type === "service.started" || event.type === "service.stopped", () => void again(), [again]);
  const failing = data?.ok.filter((ok) => !ok).length ?? 0;
  return (
    <Page title="Health">
      <Problem of={problem} />
      {data && (
        <>
          <p class="intro" role="status">
            {failing ? `${failing} of ${data.service.length} processes cannot do their work.` : "Every process answers and can do its work."}
          </p>
          <ul class="services">
            {data.service.map((service, i) => (
              <li key={service} class={data.ok[i] ? "panel is-online" : "panel is-offline"}>
                <Shape state={data.ok[i] ? "online" : "offline"} />
                <div>
                  <h2>{service}</h2>
                  <p>{WORK[service]}</p>
                </div>
                <div class="answer">
                  <b>{data.ok[i] ? "ok" : "not ok"}</b>
                  <span>
                    {data.version[i]}
                    {data.uptime_s[i] != null && ` · up ${exactSpan(data.uptime_s[i]! * 1000)}`}
                  </span>
                </div>
                {data.reason[i] && <p class="reason">{data.reason[i]}</p>}
              </li>
            ))}
          </ul>
        </>
      )}
    </Page>
  );
}
