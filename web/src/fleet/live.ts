/** The one fleet of this tab: loaded whole, then kept current by events and by asking for the rows in view. */
import { call } from "../call";
import { Cell } from "../cell";
import { heardClock } from "../clock";
import { onEvent, onReset, type Event } from "../stream";
import { chooseNone } from "./chosen";
import { Fleet, type State } from "./fleet";

const PAGE_ROWS = 100_000;
const AGAIN_AFTER_MS = 3_000; // a whole fleet that joins is not worth loading more often

export const fleet = new Cell<Fleet | null>(null);
/** Counts up, at most once a frame, when something in the fleet has changed. */
export const fleetVersion = new Cell(0);
export const fleetProblem = new Cell("");

let scheduled = false;

function changed(): void {
  if (scheduled) return;
  scheduled = true;
  const bump = () => {
    scheduled = false;
    fleetVersion.set(fleetVersion.value + 1);
  };
  // A hidden tab draws no frames, but its title and alerts still count.
  if (document.hidden) setTimeout(bump, 250);
  else requestAnimationFrame(bump);
}

let loading = false;
/** Somebody asked for the list while it was on its way: it may be older than what they know of. */
let wantedAgain = false;
/** Another session begins with nothing of the last one's. */
let generation = 0;
/** Questions on their way, and the events since the first of them: they may be newer than what an answer says. */
let asking = 0;
let meanwhile: Event[] = [];

/** Take the answer to a question, and then again what events told since it was asked. */
async function ask<T>(question: Promise<T>, take: (answer: T) => void): Promise<void> {
  const mine = generation;
  if (!asking++) meanwhile = [];
  const from = meanwhile.length;
  try {
    const answer = await question;
    if (mine !== generation) return;
    take(answer);
    meanwhile.slice(from).forEach(apply);
    changed();
  } finally {
    asking--;
  }
}

async function fetchFleet(): Promise<Fleet> {
  const next = new Fleet();
  for (let after: number | undefined, more = true; more; ) {
    const page = await call("agents.list", { after, limit: PAGE_ROWS });
    heardClock(page.now);
    next.load(page);
    after = page.next;
    more = page.next > 0;
  }
  return next;
}

export async function loadFleet(): Promise<void> {
  const mine = generation;
  wantedAgain = loading;
  if (loading) return;
  loading = true;
  try {
    await ask(fetchFleet(), (next) => {
      fleet.set(next);
      fleetProblem.set("");
    });
  } catch (problem) {
    if (mine !== generation) return;
    fleetProblem.set((problem as Error).message);
  }
  if (mine !== generation) return;
  loading = false;
  if (wantedAgain) setTimeout(() => mine === generation && void loadFleet(), AGAIN_AFTER_MS);
}

const LEARN_MOST = 20;
const LEARN_AFTER_MS = 200;

/** Agents of which an event told, but not all that the table shows. */
const unlearned = new Set<number>();
let learning = 0;

/** Ask for details that an event did not carry: one by one for a few agents, the list when a whole fleet arrives. */
async function learnAll(): Promise<void> {
  learning = 0;
  const agents = [...unlearned];
  unlearned.clear();
  if (agents.length > LEARN_MOST) return loadFleet();
  for (const agent of agents) {
    await ask(call("agents.list", { after: agent - 1, limit: 1 }), (page) => {
      if (page.agent[0] === agent) fleet.value?.load(page);
    }).catch(() => {});
  }
}

function learn(agent: number): void {
  const before = unlearned.size;
  unlearned.add(agent);
  const many = before === LEARN_MOST && unlearned.size > LEARN_MOST;
  if (learning && !many) return;
  clearTimeout(learning);
  learning = setTimeout(() => void learnAll(), many ? AGAIN_AFTER_MS : LEARN_AFTER_MS);
}

const STATE_OF_EVENT: Partial<Record<Event["type"], State>> = {
  "agent.online": "online",
  "agent.late": "late",
  "agent.offline": "offline",
  "agent.goodbye": "goodbye",
  "agent.updating": "updating",
  "agent.maintenance": "maintenance",
  "agent.retired": "retired",
};

function apply(event: Event): void {
  const known = fleet.value;
  if (!known) return;
  if (event.type === "agent.enrolled") {
    if (unlearned.size < LEARN_MOST) known.add(event.data);
    learn(event.data.agent);
  } else if (event.type === "agent.moved") {
    learn(event.data.agent);
  } else if (event.type === "agent.renamed") {
    known.setName(event.data.agent, event.data.name);
  } else {
    const state = STATE_OF_EVENT[event.type];
    if (!state) return;
    const { agent, since, last_seen } = event.data as { agent: number; since: string; last_seen?: string };
    const before = known.stateOf(agent);
    known.setState(agent, state, state === "online" ? since : last_seen);
    // With its first heartbeat it has an address.
    if (before === null || before === "never") learn(agent);
  }
  changed();
}

/** Ask for the state and age of these agents; at most as many as one screen holds. */
export async function refresh(ids: number[]): Promise<void> {
  if (!ids.length) return;
  await ask(call("agents.live", { ids: ids.slice(0, 180).join(",") }), (reply) => {
    const known = fleet.value;
    if (!known) return;
    heardClock(reply.now);
    known.refresh(reply);
    // The server knows an address some seconds after the first heartbeat from it.
    reply.agent.filter((agent) => known.isHeardWithoutAddress(agent)).slice(0, LEARN_MOST / 2).forEach(learn);
  });
}

const STREAM_FIRST_MS = 1_500;

/** The list is loaded once the stream has begun, so that no change falls between the two; without stream, all the same. */
export function followFleet(): () => void {
  const anyway = setTimeout(() => loading || fleet.value || void loadFleet(), STREAM_FIRST_MS);
  const offEvent = onEvent((event) => {
    if (asking) meanwhile.push(event);
    apply(event);
  });
  const offReset = onReset(() => void loadFleet());
  return () => {
    clearTimeout(anyway);
    offEvent();
    offReset();
    generation++;
    chooseNone();
    loading = wantedAgain = false;
    fleet.set(null);
  };
}
