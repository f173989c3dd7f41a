/** Who is asked for the key again: what wants it waits here until it is proven, or not going to be. */
import { Cell } from "./cell";

/** Says whether it was proven; null: nothing waits. */
export const keyWanted = new Cell<((proven: boolean) => void) | null>(null);

let asking: Promise<boolean> | null = null;

/** Requests that want it at the same time share one question. */
export function proveKey(): Promise<boolean> {
  asking ??= new Promise((resolve) => {
    const settle = (proven: boolean) => {
      if (keyWanted.value !== settle) return; // it was settled before
      keyWanted.set(null);
      asking = null;
      resolve(proven);
    };
    keyWanted.set(settle);
  });
  return asking;
}
