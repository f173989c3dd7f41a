/** Every request to the portal: one typed function over the routes that contract/ generates. */
import { routes, type Calls } from "contract";

import { Cell } from "./cell";
import { proveKey } from "./key";

/** The server said no, and why. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    reason: string,
    readonly field?: string,
  ) {
    super(reason);
  }
}

/** Since when (milliseconds, this machine's clock) the portal has not answered; 0: it does. */
export const unreachableSince = new Cell(0);

/** Why nothing can be changed: what the last change was refused with, while the log is away; "": nothing is known of that. */
export const logAway = new Cell("");

/** Repeated with every change, so that no other site can make this browser act. Known after login. */
let csrf = "";
let expired: () => void = () => {};
let renew: () => Promise<void> = async () => {};

/** renewed: asks who is logged in, and authorises anew: another tab may have begun another session. */
export function authorise(value: string, onExpiry: () => void, renewed: () => Promise<void>): void {
  csrf = value;
  expired = onExpiry;
  renew = renewed;
}

const DEADLINE_MS = 20_000;

type Values = Record<string, unknown>;

/** The URL of a route, and the fields that did not go into its path. */
export function address(path: string, request: Values): { url: string; rest: Values } {
  const rest = { ...request };
  const url = path.replace(/{(\w+)}/g, (_, field: string) => {
    delete rest[field];
    return encodeURIComponent(String(request[field]));
  });
  return { url, rest };
}

function query(values: Values): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return pairs.length ? "?" + new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])) : "";
}

async function send(method: string, url: string, rest: Values): Promise<Response> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response =
      method === "GET"
        ? await fetch(url + query(rest), { signal })
        : await fetch(url, {
            method,
            signal,
            headers: { "Content-Type": "application/json", "X-Vedette-CSRF": csrf },
            body: JSON.stringify(rest),
          });
    unreachableSince.set(0);
    return response;
  } catch {
    if (!unreachableSince.value) unreachableSince.set(Date.now());
    throw new Refusal(0, "unreachable", "The portal does not answer. Is the server running, and is this machine online?");
  }
}

async function refusal(response: Response): Promise<Refusal> {
  const said = await response.json().catch(() => ({}));
  const reason = said.reason ?? `The portal answered ${response.status} ${response.statusText}`.trim() + ".";
  return new Refusal(response.status, said.code ?? "unknown", reason, said.field);
}

function taken(method: string, response: Response) {
  if (method !== "GET") logAway.set("");
  return response.json();
}

/** What can be done about a refusal, by its code. Once, then the request is sent again as it was; false: it is not to be. */
const remedies: Record<string, () => Promise<boolean>> = {
  "bad-csrf": () => renew().then(() => true),
  "key-wanted": proveKey,
};

export async function call<K extends keyof Calls>(name: K, request: Calls[K]["request"]): Promise<Calls[K]["reply"]> {
  const { method, path } = routes[name];
  const { url, rest } = address(path, request as Values);
  for (const tried = new Set<string>(); ; ) {
    const response = await send(method, url, rest);
    if (response.ok) return taken(method, response);
    const refused = await refusal(response);
    const remedy = !tried.has(refused.code) && remedies[refused.code];
    tried.add(refused.code);
    if (remedy && (await remedy())) continue;
    if (refused.code === "log-unavailable" || refused.code === "log-full") logAway.set(refused.message);
    // A refused login is also a 401, but there is no session that could have ended.
    if (refused.status === 401 && csrf && name !== "session.login") expired();
    throw refused;
  }
}
