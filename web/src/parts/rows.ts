/**
 * A list of any length, of which only the rows in view stand in the document: which those are, and the keys that move
 * through it. Each row has the same height; the box scrolls.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

const OVERSCAN = 4;

const narrow = matchMedia("(max-width: 720px)");

interface Options {
  count: number;
  row_px: number; // as in style.css
  narrowRow_px: number; // on a phone
  head_px: number;
  /** Another value is another list: look at its beginning. */
  list: string;
  /** Where the list was when one left it. */
  top?: number;
  left?: (top: number) => void;
  open: (at: number) => void;
  flip?: (at: number, withShift: boolean) => void; // Space
}

export interface Rows {
  box: RefObject<HTMLDivElement>;
  from: number;
  to: number;
  active: number;
  row_px: number;
  move: (to: number) => void;
  onScroll: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

export function useRows({ count, row_px: wide_px, narrowRow_px, head_px, list, top = 0, left, open, flip }: Options): Rows {
  const box = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [height, setHeight] = useState(600);
  const [row_px, setRowPx] = useState(narrow.matches ? narrowRow_px : wide_px);
  const [active, setActive] = useState(0);

  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setHeight(box.current!.clientHeight - head_px));
    const measure = () => setRowPx(narrow.matches ? narrowRow_px : wide_px);
    observer.observe(box.current!);
    narrow.addEventListener("change", measure);
    box.current!.scrollTop = top;
    return () => {
      observer.disconnect();
      narrow.removeEventListener("change", measure);
    };
  }, []);

  const before = useRef(list);
  useEffect(() => {
    if (before.current === list) return;
    before.current = list;
    box.current!.scrollTop = 0;
    setActive(0);
  }, [list]);

  const onScroll = useCallback(() => {
    const now = box.current!.scrollTop;
    left?.(now);
    setFirst(Math.floor(now / row_px));
  }, [row_px]);

  function move(to: number): void {
    const next = Math.max(0, Math.min(count - 1, to));
    const element = box.current!;
    setActive(next);
    if (next * row_px < element.scrollTop) element.scrollTop = next * row_px;
    else if ((next + 1) * row_px > element.scrollTop + height) element.scrollTop = (next + 1) * row_px - height;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== box.current) return; // a heading's button has its own keys
    const page = Math.max(1, Math.floor(height / row_px) - 1);
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
    };
    if (event.key === "Enter" && count) open(Math.min(active, count - 1));
    else if (event.key === " " && flip && count) flip(Math.min(active, count - 1), event.shiftKey);
    else if (event.key in steps) move(steps[event.key]!);
    else return;
    event.preventDefault();
  }

  const from = Math.max(0, Math.min(first, count - 1) - OVERSCAN);
  const to = Math.min(count, first + Math.ceil(height / row_px) + OVERSCAN);
  return { box, from, to, active: Math.min(active, count - 1), row_px, move, onScroll, onKeyDown };
}
