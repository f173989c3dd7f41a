/** What the three lists share: they are kept fresh without a flicker, and say of each how it does in a shape and a word. */
import { useEffect } from "preact/hooks";

import { useLoaded, type Loaded } from "../parts/loaded";
import { Shape } from "../parts/state";
import type { State } from "../fleet/fleet";

const REFRESH_MS = 3_000;
const NUMBER = new Intl.NumberFormat("en");

export function useFresh<T>(load: () => Promise<T>): Loaded<T> {
  const loaded = useLoaded(load);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void loaded.again(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [loaded.again]);
  return loaded;
}

/** Its shape and colour are those of an agent's state that means the same. */
export function Doing({ like, words }: { like: State; words: string }) {
  return (
    <span class={`state is-${like}`}>
      <Shape state={like} />
      <span class="word">{words}</span>
    </span>
  );
}

export function Lag({ entries }: { entries: number }) {
  return <>{entries ? `${NUMBER.format(entries)} behind` : "none"}</>;
}

export interface Filter {
  classes: string;
  tenant: string | null;
  sev: number;
  types: string | null;
}

/** What it gets, in words. */
export function Hears({ classes, tenant, sev, types }: Filter) {
  const parts = [tenant && `tenant ${tenant}`, sev < 4 && `severity ${sev === 1 ? "1" : `1 to ${sev}`}`, types?.replace(/vedette\.|\.v1/g, "")];
  const rest = parts.filter(Boolean).join(", ");
  return (
    <>
      {classes || "all classes"}
      {rest && <small>{rest}</small>}
    </>
  );
}
