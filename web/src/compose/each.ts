/** What is known of the chosen agents: their keys, which are signed, and what their owners permit. */
import { useEffect, useState } from "preact/hooks";

import { readTargets } from "../backups/targets";
import { call } from "../call";
import { rowsOf } from "../columns";
import { useTick } from "../parts/loaded";
import type { Key } from "./form";
import type { Told } from "./permits";

const AGAIN_MS = 5_000;
const ASKED_A_CALL = 200; // ids stand in the address

/** Something of each chosen agent, asked for as they are chosen. Of whom nothing is known it is undefined, and asked again by and by. */
function useEach<T>(agents: number[], ask: (ids: string) => Promise<[number, T][]>): Map<number, T | undefined> {
  const [known, setKnown] = useState(new Map<number, T | undefined>());
  const tick = useTick(AGAIN_MS);
  const unasked = agents.filter((agent) => !known.has(agent));
  const unknown = agents.filter((agent) => known.has(agent) && known.get(agent) === undefined);
  const wanted = [...unasked, ...unknown].slice(0, ASKED_A_CALL);
  useEffect(() => {
    if (!wanted.length) return;
    let gone = false;
    void ask(wanted.join(",")).then((found) => {
      if (!gone) setKnown((last) => new Map([...last, ...wanted.map((agent): [number, undefined] => [agent, undefined]), ...found]));
    }, () => {});
    return () => void (gone = true);
  }, [wanted.join(), tick]);
  return known;
}

async function keysOf(ids: string): Promise<[number, Key][]> {
  const rows = rowsOf(await call("agent.keys", { ids }), "agent");
  return rows.map(({ agent, name, fingerprint }) => [agent, { fingerprint, agent, name }]);
}

async function policiesOf(ids: string): Promise<[number, Told][]> {
  const rows = rowsOf(await call("agent.policies", { ids }), "agent");
  return rows.map(({ agent, policy, frozen, own_targets }) => [agent, { policy: policy ?? null, frozen: frozen ?? false, targets: readTargets(own_targets) }]);
}

export const useKeys = (agents: number[]) => useEach(agents, keysOf);
export const useTold = (agents: number[]) => useEach(agents, policiesOf);
