/**
 * Events as the server stores them. HTTP/1.1 has few connections, so one tab of the browser holds the stream and tells
 * the others. It is the tab that holds a lock; when that tab closes, the next one takes over. (A SharedWorker would be
 * shorter, but strict Trusted Types let no script start one.)
 */
import type { BackupRunningReply, Events, RestoreListReply } from "contract";

import { call } from "./call";
import { Cell } from "./cell";
import { readEntry, type Entry } from "./log/entry";

/** One event of events.def; `type` tells what `data` is. */
export type Event = { [K in keyof Events]: { type: K; time: string; data: Events[K]; entry: Entry } }[keyof Events];

export type Link = { state: "connecting" | "live" } | { state: "lost"; since: number };

/** How far backups are; without rows: ask. */
export type Running = Partial<BackupRunningReply>;
/** The same of restores. */
export type Restoring = Partial<RestoreListReply>;

type Message = { kind: "event"; event: Event } | { kind: "running"; running: Running } | { kind: "restoring"; restoring: Restoring } | { kind: "reset" } | { kind: "link"; link: Link } | { kind: "hello" };

export const link = new Cell<Link>({ state: "connecting" });

const RETRY_MS = 1_000;
const RETRY_MOST_MS = 8_000;
const STALE_MS = 60_000; // without the stream: loading anew is quicker than all that was missed

const takers = new Set<(event: Event) => void>();
const followers = new Set<(running: Running) => void>();
const restoreFollowers = new Set<(restoring: Restoring) => void>();
const resetters = new Set<() => void>();

export function onEvent(take: (event: Event) => void): () => void {
  takers.add(take);
  return () => takers.delete(take);
}

/** Every two seconds while backups are under way, and once when none is any more. It has no position: who misses one is given the next. */
export function onRunning(take: (running: Running) => void): () => void {
  followers.add(take);
  return () => followers.delete(take);
}

export function onRestoring(take: (restoring: Restoring) => void): () => void {
  restoreFollowers.add(take);
  return () => restoreFollowers.delete(take);
}

/**
 * Called when the stream begins, and when events may have been missed for good: what is loaded from then on is complete.
 * What was loaded before must be loaded anew.
 */
export function onReset(take: () => void): () => void {
  resetters.add(take);
  return () => resetters.delete(take);
}

let channel: BroadcastChannel | null = null;
let source: EventSource | null = null;
let giveUpLock: (() => void) | null = null;
let retry_ms = RETRY_MS;
let retrying = 0;
/** Whether this tab has followed the stream before: then a new connection of ours leaves a gap. */
let followed = false;

function reset(): void {
  for (const resetter of resetters) resetter();
}

function take(message: Message): void {
  if (message.kind === "event") for (const taker of takers) taker(message.event);
  else if (message.kind === "running") for (const follower of followers) follower(message.running);
  else if (message.kind === "restoring") for (const follower of restoreFollowers) follower(message.restoring);
  else if (message.kind === "reset") reset();
  else if (message.kind === "link") setLink(message.link);
  else if (source) channel?.postMessage({ kind: "link", link: link.value });
}

function tell(message: Message): void {
  channel?.postMessage(message);
  take(message);
}

function setLink(next: Link): void {
  if (next.state === "lost" && link.value.state === "lost") return; // keep the first moment
  const begins = next.state === "live" && !followed;
  if (next.state === "live") followed = true;
  link.set(next);
  if (begins) reset();
}

function parse(text: string): Event | null {
  const entry = readEntry(text);
  return entry && ({ type: entry.type, time: entry.time, data: entry.fields, entry } as unknown as Event);
}

function open(): void {
  let gap = followed;
  source = new EventSource("/api/v1/stream");
  source.onopen = () => {
    retry_ms = RETRY_MS;
    tell({ kind: "link", link: { state: "live" } });
    if (gap) tell({ kind: "reset" });
    gap = false; // from here on the browser reconnects by itself with Last-Event-ID, and nothing is missed
  };
  source.onmessage = (message) => {
    const event = parse(message.data);
    if (event) tell({ kind: "event", event });
  };
  source.addEventListener("running", (message) => tell({ kind: "running", running: JSON.parse(message.data) as Running }));
  source.addEventListener("restoring", (message) => tell({ kind: "restoring", restoring: JSON.parse(message.data) as Restoring }));
  source.addEventListener("reset", () => tell({ kind: "reset" }));
  source.onerror = () => {
    tell({ kind: "link", link: { state: "lost", since: Date.now() } });
    const stale = link.value.state === "lost" && Date.now() - link.value.since > STALE_MS;
    if (stale) source?.close(); // else the browser resumes by itself, and is given what it missed
    if (source?.readyState === EventSource.CLOSED) retry();
  };
}

/** The browser gives up when the answer is a refusal: perhaps the session has ended, which any call finds out. */
function retry(): void {
  retrying = setTimeout(async () => {
    await call("session.get", {}).catch(() => {});
    if (giveUpLock) open();
  }, retry_ms * (0.5 + Math.random()));
  retry_ms = Math.min(retry_ms * 2, RETRY_MOST_MS);
}

export function follow(): void {
  channel = new BroadcastChannel("vedette-stream");
  channel.onmessage = (message) => take(message.data as Message);
  channel.postMessage({ kind: "hello" });
  const abort = new AbortController();
  const held = new Promise<void>((resolve) => {
    giveUpLock = () => {
      abort.abort();
      resolve();
    };
  });
  navigator.locks
    .request("vedette-stream", { signal: abort.signal }, () => {
      open();
      return held;
    })
    .catch(() => {}); // aborted while waiting: the session ended first
}

export function unfollow(): void {
  clearTimeout(retrying);
  source?.close();
  source = null;
  giveUpLock?.();
  giveUpLock = null;
  channel?.close();
  channel = null;
  followed = false;
  link.set({ state: "connecting" });
}
