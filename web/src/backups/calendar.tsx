/** The calendar of an agent's backups, class by class: what will be there at a time, what will be deleted when, and why. */
import { useState } from "preact/hooks";

import { call } from "../call";
import { serverNow } from "../clock";
import { rowsOf } from "../columns";
import { walk } from "../parts/cells";
import { Choice, Field, Problem } from "../parts/form";
import { useEvents, useLoaded } from "../parts/loaded";
import { RunShape } from "../tasks/doing";
import { CLASSES, type BackupClass } from "./classes";
import { byClass, fateWords, LOOK_WORDS, lookOf, SHAPES, shortDay, type Expected, type Look } from "./fate";
import { concernsBackups } from "./known";

const DAY_MS = 86_400_000;

const AHEAD: [days: string, words: string][] = [
  ["0", "Today"],
  ["7", "In a week"],
  ["28", "In four weeks"],
  ["92", "In three months"],
  ["", "On a date …"],
];

/** The end of a day, here. */
function endOf(date: string): string {
  return new Date(new Date(`${date}T00:00:00`).getTime() + DAY_MS).toISOString();
}

function asOf(days: string, date: string): string | undefined {
  if (days) return days === "0" ? undefined : new Date(serverNow() + Number(days) * DAY_MS).toISOString();
  return date ? endOf(date) : undefined;
}

export function Calendar({ agent, show }: { agent: number; show: (backup: string) => void }) {
  const [days, setDays] = useState("0");
  const [date, setDate] = useState("");
  const [chosen, setChosen] = useState("");
  const { data, problem, again } = useLoaded(
    async () => rowsOf(await call("backup.preview", { agent, as_of: asOf(days, date) }), "slot"),
    [agent, days, date],
  );
  useEvents(concernsBackups, () => void again(), [again]);
  const one = data?.find((row) => keyOf(row) === chosen);
  return (
    <section class="panel calendar" aria-labelledby="calendar">
      <header>
        <h2 id="calendar">Calendar</h2>
        <Choice label="As it will be" value={days} change={setDays} options={AHEAD} />
        {!days && <Field label="Date" type="date" min={new Date(serverNow()).toISOString().slice(0, 10)} value={date} change={setDate} />}
      </header>
      <Problem of={problem} />
      {data && !data.length && <p class="calm">No backup is there, and none is planned until then.</p>}
      {data && byClass(data).map(([name, rows]) => <Class key={name} name={name} rows={rows} chosen={chosen} choose={setChosen} />)}
      <p class="legend" aria-hidden="true">
        {(Object.keys(SHAPES) as Look[]).map((look) => (
          <span key={look} class={`state run-${SHAPES[look]}`}>
            <RunShape state={SHAPES[look]} />
            {LOOK_WORDS[look]}
          </span>
        ))}
      </p>
      <p role="status">
        {one ? fateWords(one) : "Choose a day to read what becomes of its backup, and why."}{" "}
        {one?.backup && (
          <button type="button" onClick={() => show(one.backup!)}>
            Show it
          </button>
        )}
      </p>
      <p class="hint">
        What is due is deleted by <code>vedette prune</code> beside the target, by its own clock and rules, or by Object Lock running out: never by this server. What is held there, or was distrusted, is not known here.
      </p>
    </section>
  );
}

const keyOf = (row: Expected) => row.backup ?? `${row.backup_class}/${row.slot}/${row.document}`;

interface ClassProps {
  name: BackupClass;
  rows: Expected[];
  chosen: string;
  choose: (key: string) => void;
}

function Class({ name, rows, chosen, choose }: ClassProps) {
  const at = Math.max(0, rows.findIndex((row) => keyOf(row) === chosen)); // in the tab order
  return (
    <div class="class">
      <h3>
        {CLASSES[name].title} <small>kept for {CLASSES[name].kept}</small>
      </h3>
      <div class="cells" role="group" aria-label={`${CLASSES[name].title} backups`} onKeyDown={walk}>
        {rows.map((row, i) => (
          <Cell key={keyOf(row)} row={row} stop={i === at} chosen={keyOf(row) === chosen} choose={() => choose(keyOf(row))} />
        ))}
      </div>
    </div>
  );
}

function Cell({ row, stop, chosen, choose }: { row: Expected; stop: boolean; chosen: boolean; choose: () => void }) {
  const shape = SHAPES[lookOf(row)];
  const words = fateWords(row);
  return (
    <button
      type="button"
      class={`run-${shape}`}
      tabIndex={stop ? 0 : -1}
      aria-pressed={chosen}
      aria-label={words}
      title={words}
      onClick={choose}
    >
      <RunShape state={shape} />
      {shortDay(row.slot)}
    </button>
  );
}
