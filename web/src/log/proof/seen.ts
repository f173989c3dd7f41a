/**
 * What this browser remembers of each log: the key it was first shown, and the greatest checkpoint. A log that was
 * rewritten since then cannot hide it. Nothing of the log's content is kept.
 */
export interface Seen {
  vkey: string;
  checkpoint: string;
  at: string; // when it was seen, RFC 3339
}

const keyOf = (log: string) => `vedette-log-${log}`;

export function recallSeen(log: string): Seen | null {
  try {
    const { vkey, checkpoint, at } = JSON.parse(localStorage.getItem(keyOf(log)) ?? "");
    return typeof vkey === "string" && typeof checkpoint === "string" && typeof at === "string" ? { vkey, checkpoint, at } : null;
  } catch {
    return null; // nothing yet, or not ours
  }
}

/** False: the browser keeps nothing (a private window, a full disk), and the next visit begins anew. */
export function keepSeen(log: string, seen: Seen): boolean {
  try {
    localStorage.setItem(keyOf(log), JSON.stringify(seen));
    return true;
  } catch {
    return false;
  }
}

export function forgetSeen(log: string): void {
  localStorage.removeItem(keyOf(log));
}
