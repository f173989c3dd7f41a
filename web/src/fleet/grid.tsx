/**
 * A table of any length: only the rows in view stand in the document, each where it belongs within a box of the full
 * height. It is a grid to assistive technology, which is told the whole count and each row's place.
 */
import { stateWords } from "contract";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { serverNow, span } from "../clock";
import { Icon } from "../parts/icons";
import { Plain, plainly } from "../parts/plain";
import { StateWord } from "../parts/state";
import { useRows } from "../parts/rows";
import { useTick } from "../parts/loaded";
import { go } from "../route";
import { choose } from "./chosen";
import type { Fleet } from "./fleet";
import { refresh } from "./live";
import type { Column, Query } from "./view";

const COLUMNS: [Column, string][] = [
  ["state", "State"],
  ["name", "Name"],
  ["tenant", "Tenant"],
  ["site", "Site"],
  ["host", "Host name"],
  ["os", "System"],
  ["address", "Address"],
  ["tags", "Tags"],
  ["seen", "Last seen"],
];

const ROW_PX = 34; // as in style.css
const HEAD_PX = 35;
const NARROW_ROW_PX = 58;
const REFRESH_MS = 2_000;
const SETTLED_MS = 60; // after scrolling
const FRESH_MS = 4_500; // an age confirmed longer ago is not shown as an age

/** Where the table was when one left it. */
let lastTop = 0;

interface Props {
  known: Fleet;
  rows: Uint32Array;
  query: Query;
  sortBy: (column: Column) => void;
  picked: ReadonlySet<number> | null; // null: who looks may choose none
}

/** Choosing by mouse and by keyboard: one, or with Shift all from the last one to here. */
function useChoice(known: Fleet, rows: Uint32Array, picked: ReadonlySet<number> | null) {
  const last = useRef(-1);
  return (at: number, withShift: boolean) => {
    if (!picked || at >= rows.length) return;
    const on = !picked.has(known.id[rows[at]!]!);
    const from = withShift && last.current >= 0 && last.current < rows.length ? last.current : at;
    last.current = at;
    choose(Array.from(rows.subarray(Math.min(from, at), Math.max(from, at) + 1), (row) => known.id[row]!), on);
  };
}

export function Grid({ known, rows, query, sortBy, picked }: Props) {
  useTick(1000);
  const flip = useChoice(known, rows, picked);
  const { box, from, to, active: here, row_px, onScroll, onKeyDown } = useRows({
    count: rows.length,
    row_px: ROW_PX,
    narrowRow_px: NARROW_ROW_PX,
    head_px: HEAD_PX,
    list: JSON.stringify(query),
    top: lastTop,
    left: (top) => (lastTop = top),
    open: (at) => go(`/agent/${known.id[rows[at]!]}`),
    flip,
  });
  const shown = rows.subarray(from, to);
  useRefresh(known, shown);
  return (
    <div
      ref={box}
      class={picked ? "grid chooses" : "grid"}
      role="grid"
      aria-multiselectable={!!picked}
      tabIndex={0}
      aria-label={`Agents: arrow keys move, Enter opens${picked ? ", Space chooses" : ""}`}
      aria-rowcount={rows.length + 1}
      aria-colcount={COLUMNS.length + (picked ? 1 : 0)}
      aria-activedescendant={here >= from && here < to ? `row-${here}` : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <Head query={query} sortBy={sortBy}>{picked && <ChooseAll known={known} rows={rows} picked={picked} />}</Head>
      <div class="extent" role="rowgroup" style={{ height: `${rows.length * row_px}px` }}>
        {Array.from(shown, (row, i) => (
          <Row
            key={from + i}
            known={known}
            row={row}
            at={from + i}
            top={(from + i) * row_px}
            active={from + i === here}
            picked={picked?.has(known.id[row]!)}
            flip={flip}
          />
        ))}
      </div>
    </div>
  );
}

/** All that the filters leave, in view or not. */
function ChooseAll({ known, rows, picked }: { known: Fleet; rows: Uint32Array; picked: ReadonlySet<number> }) {
  const some = picked.size > 0 && rows.some((row) => picked.has(known.id[row]!));
  const all = some && rows.every((row) => picked.has(known.id[row]!));
  return (
    <div class="c-pick" role="columnheader">
      <input
        type="checkbox"
        aria-label={`Choose all ${rows.length}`}
        title="Choose all that are listed"
        checked={all}
        ref={(box) => void (box && (box.indeterminate = some && !all))}
        onChange={() => choose(Array.from(rows, (row) => known.id[row]!), !all)}
      />
    </div>
  );
}

function Head({ query, sortBy, children }: Pick<Props, "query" | "sortBy"> & { children: ComponentChildren }) {
  return (
    <div class="head" role="rowgroup">
      <div class="row" role="row" aria-rowindex={1}>
        {children}
        {COLUMNS.map(([column, text]) => {
          const on = query.sort === column;
          return (
            <div
              key={column}
              class={`c-${column}`}
              role="columnheader"
              aria-sort={on ? (query.down ? "descending" : "ascending") : "none"}
            >
              <button type="button" onClick={() => sortBy(column)}>
                {text}
                {on && <Icon name={query.down ? "down" : "up"} />}
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  known: Fleet;
  row: number;
  at: number;
  top: number;
  active: boolean;
  picked: boolean | undefined; // undefined: it cannot be chosen
  flip: (at: number, withShift: boolean) => void;
}

function Row({ known, row, at, top, active, picked, flip }: RowProps) {
  const id = known.id[row]!;
  const state = stateWords[known.state[row]!]!;
  const cell = (column: Column, text: string | undefined) => (
    <div class={`c-${column}`} role="gridcell">
      <Plain text={text ?? ""} />
    </div>
  );
  return (
    <div
      id={`row-${at}`}
      class={`row is-${state}${active ? " active" : ""}${picked ? " picked" : ""}`}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={picked}
      data-agent={id}
      data-state={state}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => go(`/agent/${id}`)}
    >
      {picked !== undefined && (
        <div class="c-pick" role="gridcell" onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Choose ${plainly(known.name[row]!)}`}
            checked={picked}
            onClick={(event) => flip(at, event.shiftKey)}
          />
        </div>
      )}
      <div class="c-state" role="gridcell">
        <StateWord state={state} />
      </div>
      <div class="c-name" role="gridcell">
        <a href={`#/agent/${id}`} tabIndex={-1}>
          <Plain text={known.name[row]!} />
        </a>
      </div>
      {cell("tenant", known.tenants.list[known.tenant[row]!])}
      {cell("site", known.sites.list[known.site[row]!])}
      {cell("host", known.host[row])}
      {cell("os", known.systems.list[known.os[row]!])}
      {cell("address", known.address[row])}
      <div class="c-tags" role="gridcell">
        {known.tagsOf(row).map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
      </div>
      {cell("seen", seenWords(known, row, state))}
    </div>
  );
}

const SILENT = ["late", "offline", "goodbye", "retired"];

/** An age only where nothing can have come since, or where it was confirmed a moment ago. */
function seenWords(known: Fleet, row: number, state: string): string {
  const seen = known.seen[row]!;
  if (!seen) return "–";
  const now = serverNow();
  if (now - known.checked[row]! > FRESH_MS && !SILENT.includes(state)) return state === "online" ? "< 20 s" : "…";
  return span(now - seen);
}

/** Keep the rows in view fresh: soon after scrolling, then every two seconds while somebody can look. */
function useRefresh(known: Fleet, shown: Uint32Array): void {
  const view = useRef(shown);
  view.current = shown;
  useEffect(() => {
    let asking = false;
    const ask = async () => {
      if (asking || document.hidden) return;
      asking = true;
      await refresh(Array.from(view.current, (row) => known.id[row]!)).catch(() => {}); // the connection says so
      asking = false;
    };
    const soon = setTimeout(() => void ask(), SETTLED_MS);
    const timer = setInterval(() => void ask(), REFRESH_MS);
    return () => {
      clearTimeout(soon);
      clearInterval(timer);
    };
  }, [known, shown[0], shown.length]);
}
