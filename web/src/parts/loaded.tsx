/** Data that a page shows: loaded when it opens, again on demand; the last stays until the next is there. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { onEvent, onReset, type Event } from "../stream";

export interface Loaded<T> {
  data: T | null;
  problem: Error | null;
  again: () => Promise<void>;
}

export function useLoaded<T>(load: () => Promise<T>, depends: unknown[] = []): Loaded<T> {
  const [data, setData] = useState<T | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const newest = useRef(0);
  const again = useCallback(async () => {
    const mine = ++newest.current;
    try {
      const loaded = await load();
      if (mine !== newest.current) return; // a later question has been asked
      setData(loaded);
      setProblem(null);
    } catch (caught) {
      if (mine === newest.current) setProblem(caught as Error);
    }
  }, depends);
  useEffect(() => void again(), [again]);
  return { data, problem, again };
}

/** Do it when one of these events comes, or when events were missed. A burst of them counts once. */
export function useEvents(concerns: (event: Event) => boolean, act: () => void, depends: unknown[] = []): void {
  useEffect(() => {
    let timer = 0;
    const soon = () => {
      if (!timer) timer = setTimeout(() => ((timer = 0), act()), 100);
    };
    const offEvent = onEvent((event) => concerns(event) && soon());
    const offReset = onReset(soon);
    return () => {
      clearTimeout(timer);
      offEvent();
      offReset();
    };
  }, depends);
}

/** Render again every so many milliseconds, while the page is looked at. */
export function useTick(every_ms: number): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setTick((last) => last + 1), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return tick;
}
