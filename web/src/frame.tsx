/** What stands around every page: the way to the others, the connection, the user. */
import type { ComponentChildren, FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

import { alertCount, followAlerts } from "./alerts";
import { logAway, unreachableSince } from "./call";
import { useCell } from "./cell";
import { moment } from "./clock";
import { followFleet } from "./fleet/live";
import { AgentPage } from "./agent/page";
import { FleetPage } from "./fleet/page";
import { LogPage } from "./log/page";
import { AlertsPage } from "./pages/alerts";
import { HealthPage } from "./pages/health";
import { Icon, type IconName } from "./parts/icons";
import { lazy } from "./parts/lazy";
import { Mark } from "./parts/mark";
import { Plain, plainly } from "./parts/plain";
import { ProveKey } from "./parts/prove";
import { route, type Route } from "./route";
import { logOut, may, type Role, type Session } from "./session";
import { follow, link, unfollow } from "./stream";
import { followDrafts, waitingForMe } from "./tasks/waiting";
import { switchTheme, theme } from "./theme";

const TokensPage = lazy(async () => (await import("./pages/tokens")).TokensPage);
const ApiTokensPage = lazy(async () => (await import("./pages/apitokens")).ApiTokensPage);
const PlacesPage = lazy(async () => (await import("./pages/places")).PlacesPage);
const StreamsPage = lazy(async () => (await import("./pages/streams")).StreamsPage);
const TasksPage = lazy(async () => (await import("./tasks/list")).TasksPage);
const BackupsPage = lazy(async () => (await import("./backups/page")).BackupsPage);
const AgentBackupsPage = lazy(async () => (await import("./backups/agent")).AgentBackupsPage);
const TaskPage = lazy(async () => (await import("./tasks/page")).TaskPage);
const ComposePage = lazy(async () => (await import("./compose/page")).ComposePage);

interface Place {
  page: string;
  text: string;
  icon: IconName;
  least: Role;
  show: FunctionComponent<{ who: Session }>;
}

const PLACES: Place[] = [
  { page: "fleet", text: "Fleet", icon: "fleet", least: "viewer", show: FleetPage },
  { page: "tasks", text: "Tasks", icon: "tasks", least: "viewer", show: TasksPage },
  { page: "backups", text: "Backups", icon: "backups", least: "viewer", show: BackupsPage },
  { page: "alerts", text: "Alerts", icon: "alerts", least: "viewer", show: AlertsPage },
  { page: "log", text: "Log", icon: "log", least: "viewer", show: LogPage },
  { page: "streams", text: "Streams", icon: "streams", least: "auditor", show: StreamsPage },
  { page: "places", text: "Tenants & sites", icon: "places", least: "viewer", show: PlacesPage },
  { page: "tokens", text: "Enrolment tokens", icon: "tokens", least: "operator", show: TokensPage },
  { page: "api", text: "API tokens", icon: "keys", least: "administrator", show: ApiTokensPage },
  { page: "health", text: "Health", icon: "health", least: "viewer", show: HealthPage },
];

/** Pages that are reached from others; within: whose place they are. */
const WITHIN: Record<string, string> = { agent: "fleet", task: "tasks", compose: "tasks", plan: "backups", restore: "backups", "compose/backup-plan": "backups", "compose/restore": "backups" };

function Shown({ who, page, item, query }: { who: Session } & Route): ComponentChildren {
  if (page === "agent" && Number(item) > 0) return <AgentPage key={item} who={who} agent={Number(item)} />;
  if (page === "backups" && Number(item) > 0) return <AgentBackupsPage key={item} who={who} agent={Number(item)} />;
  if ((page === "task" || page === "plan" || page === "restore") && item) return <TaskPage key={item} who={who} id={item} query={query} />;
  if (page === "compose" && may(who, "operator")) return <ComposePage key={`${item}?${query}`} kind={item} query={query} />;
  const place = PLACES.find((one) => one.page === page && may(who, one.least));
  if (place) return <place.show who={who} />;
  return (
    <Page title="No such page">
      <p>
        There is nothing at this address for you. <a href="#/fleet">Go to the fleet</a>
      </p>
    </Page>
  );
}

export function Frame({ who }: { who: Session }) {
  const at = useCell(route);
  useEffect(() => {
    follow();
    const offFleet = followFleet();
    const offAlerts = followAlerts();
    const offDrafts = followDrafts();
    return () => (offFleet(), offAlerts(), offDrafts(), unfollow());
  }, []);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")!.focus())}>
        Skip to the content
      </a>
      <Bar who={who} page={at.page} within={WITHIN[`${at.page}/${at.item}`] ?? WITHIN[at.page]} />
      <main id="main" tabIndex={-1} class={`page-${at.page}`}>
        <LogAway />
        <Shown who={who} {...at} />
      </main>
      <ProveKey />
    </div>
  );
}

/** A page's heading, which also names the window. */
export function Page({ title, side, children }: { title: string; side?: ComponentChildren; children: ComponentChildren }) {
  const open = useCell(alertCount);
  useEffect(() => {
    document.title = `${open ? `(${open}) ` : ""}${plainly(title)} · Vedette`;
  }, [title, open]);
  return (
    <>
      <header class="heading">
        <h1>
          <Plain text={title} />
        </h1>
        {side}
      </header>
      {children}
    </>
  );
}

function Bar({ who, page, within }: { who: Session; page: string; within: string | undefined }) {
  const [open, setOpen] = useState(false);
  const counts: Record<string, [number, string]> = { alerts: [useCell(alertCount), "open"], tasks: [useCell(waitingForMe), "you may sign"] };
  useEffect(() => setOpen(false), [page]);
  return (
    <header class={open ? "bar open" : "bar"}>
      <a class="home" href="#/fleet">
        <Mark />
        <span class="wordmark">Vedette</span>
      </a>
      <Connection />
      <button type="button" class="bare menu" aria-expanded={open} aria-controls="places" onClick={() => setOpen(!open)}>
        <Icon name={open ? "close" : "menu"} />
        <span class="hidden">Menu</span>
      </button>
      <nav id="places" aria-label="Pages">
        {PLACES.filter((one) => may(who, one.least)).map((one) => (
          <a key={one.page} href={`#/${one.page}`} aria-current={one.page === page ? "page" : one.page === within ? "true" : undefined}>
            <Icon name={one.icon} />
            {one.text}
            <Badge of={counts[one.page]} />
          </a>
        ))}
      </nav>
      <Account who={who} />
    </header>
  );
}

function Badge({ of: [count, what] = [0, ""] }: { of: [number, string] | undefined }) {
  return count ? (
    <span class="badge" title={`${count} ${what}`}>
      {count}
      <span class="hidden"> {what}</span>
    </span>
  ) : null;
}

function Account({ who }: { who: Session }) {
  const now = useCell(theme);
  return (
    <div class="account">
      <div class="user">
        <span>{who.user}</span>
        <span class="role">
          {who.role}
          {who.tenant && ` of ${who.tenant}`}
        </span>
      </div>
      <button type="button" class="bare" title={now === "dark" ? "Light" : "Dark"} onClick={switchTheme}>
        <Icon name={now === "dark" ? "sun" : "moon"} />
        <span class="hidden">{now === "dark" ? "Use light colours" : "Use dark colours"}</span>
      </button>
      <button type="button" class="bare" title="Log out" onClick={() => void logOut()}>
        <Icon name="leave" />
        <span class="hidden">Log out</span>
      </button>
      {who.version && <span class="version">{who.version}</span>}
    </div>
  );
}

/** What goes on is said with what does not: people who came to stop something must not turn away. */
function LogAway() {
  const reason = useCell(logAway);
  return (
    <p class="away" role="status">
      {reason && `Nothing can be changed: ${reason}. What is shown is live, and whatever only stops something works.`}
    </p>
  );
}

/** Whether what is shown is current: of the stream and of plain requests, the one that failed first counts. */
function Connection() {
  const stream = useCell(link);
  const silent = useCell(unreachableSince);
  const lost = Math.min(stream.state === "lost" ? stream.since : Infinity, silent || Infinity);
  const state = lost < Infinity ? "lost" : stream.state;
  return (
    <p class={`connection ${state}`} role="status">
      {state === "live" && "live"}
      {state === "connecting" && "connecting …"}
      {state === "lost" && `reconnecting since ${moment(lost)}`}
    </p>
  );
}
