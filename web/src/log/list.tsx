/** Entries as a table, the newest on top. Who looks further down is not moved when new ones come. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { moment } from "../clock";
import { Plain, plainly } from "../parts/plain";
import { useRows } from "../parts/rows";
import { Severity } from "../parts/severity";
import { details, idOf, sentence, type Entry } from "./entry";
import type { Following } from "./following";

const COLUMNS = { time: "Time", sev: "Severity", class: "Class", what: "What happened", details: "Details", about: "About", by: "By" };

type Column = keyof typeof COLUMNS;

const ROW_PX = 30; // as in style.css
const HEAD_PX = 35;
const NARROW_ROW_PX = 58;
const AHEAD_ROWS = 40; // before the end of what is loaded

interface Props {
  following: Following;
  list: string;
  open: (entry: Entry) => void;
  chosen: string;
}

export function EntryList({ following, list, open, chosen }: Props) {
  const { rows } = following;
  const view = useRows({
    count: rows.length,
    row_px: ROW_PX,
    narrowRow_px: NARROW_ROW_PX,
    head_px: HEAD_PX,
    list,
    open: (at) => open(rows[at]!),
  });
  const { box, from, to, active, row_px } = view;
  usePlaceKept(following, box, row_px);
  useEffect(() => {
    if (to > rows.length - AHEAD_ROWS) void following.older();
  }, [to, rows.length]);
  return (
    <div
      ref={box}
      class="grid dense entries"
      role="grid"
      tabIndex={0}
      aria-label="Entries, newest first: arrow keys move, Enter opens"
      aria-rowcount={rows.length + 1}
      aria-colcount={Object.keys(COLUMNS).length}
      aria-activedescendant={active >= from && active < to ? `entry-${active}` : undefined}
      onScroll={view.onScroll}
      onKeyDown={view.onKeyDown}
    >
      <div class="head" role="rowgroup">
        <div class="row" role="row" aria-rowindex={1}>
          {Object.entries(COLUMNS).map(([column, text]) => (
            <div key={column} class={`c-${column}`} role="columnheader">
              {text}
            </div>
          ))}
        </div>
      </div>
      <div class="extent" role="rowgroup" style={{ height: `${rows.length * row_px}px` }}>
        {rows.slice(from, to).map((entry, i) => (
          <Row
            key={idOf(entry)}
            entry={entry}
            at={from + i}
            top={(from + i) * row_px}
            active={from + i === active}
            chosen={idOf(entry) === chosen}
            open={() => (view.move(from + i), open(entry))}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  entry: Entry;
  at: number;
  top: number;
  active: boolean;
  chosen: boolean;
  open: () => void;
}

function Row({ entry, at, top, active, chosen, open }: RowProps) {
  const cell = (column: Column, text: string) => (
    <div class={`c-${column}`} role="gridcell" title={column === "details" ? plainly(text) : undefined}>
      <Plain text={text} />
    </div>
  );
  return (
    <div
      id={`entry-${at}`}
      class={`row${active ? " active" : ""}${chosen ? " chosen" : ""}`}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={chosen}
      data-entry={idOf(entry)}
      style={{ transform: `translateY(${top}px)` }}
      onClick={open}
    >
      {cell("time", moment(entry.time))}
      <div class="c-sev" role="gridcell">
        <Severity sev={entry.sev} />
      </div>
      {cell("class", entry.class)}
      <div class="c-what" role="gridcell" title={entry.type}>
        {sentence(entry)}
      </div>
      {cell("details", details(entry))}
      {cell("about", [entry.subject, entry.tenant].filter(Boolean).join(" · "))}
      {cell("by", entry.actor ?? entry.service ?? "")}
    </div>
  );
}

/** Rows that come on top push the others down; the box is scrolled as far, unless one looks at the newest. */
function usePlaceKept(following: Following, box: { current: HTMLDivElement | null }, row_px: number): void {
  const before = useRef({ following, prepended: following.prepended });
  useLayoutEffect(() => {
    const added = before.current.following === following ? following.prepended - before.current.prepended : 0;
    before.current = { following, prepended: following.prepended };
    if (added && box.current!.scrollTop >= row_px) box.current!.scrollTop += added * row_px;
  });
}
