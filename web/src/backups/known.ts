/** Plans as vedette-backup has them: it takes one a moment after the log has it, and no event tells of that moment. */
import { useEffect } from "preact/hooks";

import { call } from "../call";
import { rowsOf } from "../columns";
import { useEvents, useLoaded, type Loaded } from "../parts/loaded";
import type { Event } from "../stream";
import type { OnMachine } from "./plans";

const REFRESH_MS = 10_000;
const SOON_MS = 2_000; // while there is none

export function concernsBackups(event: Event): boolean {
  return event.type.startsWith("backup.") || event.type.startsWith("plan.");
}

export function usePlans(of: { agent?: number; document?: string }): Loaded<OnMachine[]> {
  const loaded = useLoaded(async () => rowsOf(await call("plan.list", of), "agent"), [of.agent, of.document]);
  useEvents((event) => concernsBackups(event) || event.type.startsWith("document."), () => void loaded.again(), [loaded.again]);
  const none = !loaded.data?.length;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void loaded.again(), none ? SOON_MS : REFRESH_MS);
    return () => clearInterval(timer);
  }, [none, loaded.again]);
  return loaded;
}
