/** A value that components watch: set it anywhere, and whoever uses it renders again. */
import { useEffect, useState } from "preact/hooks";

export class Cell<T> {
  private watchers = new Set<(value: T) => void>();

  constructor(private held: T) {}

  get value(): T {
    return this.held;
  }

  set(value: T): void {
    if (Object.is(value, this.held)) return;
    this.held = value;
    for (const watcher of this.watchers) watcher(value);
  }

  watch(watcher: (value: T) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

export function useCell<T>(cell: Cell<T>): T {
  const [value, setValue] = useState(() => cell.value);
  useEffect(() => {
    setValue(() => cell.value); // it may have changed between rendering and now
    return cell.watch((next) => setValue(() => next));
  }, [cell]);
  return value;
}
