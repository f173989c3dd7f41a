/** Calendars and their time zone, with the next times as agents and server will keep them. */
import { useEffect, useState } from "preact/hooks";

import { call, Refusal } from "../call";
import { When } from "../document/fact";
import { Choice, Field } from "../parts/form";

const TYPING_MS = 300;

export type Usual = [calendar: string, words: string][];

interface CalendarProps {
  label: string;
  value: string;
  change: (calendar: string) => void;
  usual: Usual;
  field: string;
  problem: Error | null;
}

export function CalendarField({ label, value, change, usual, field, problem }: CalendarProps) {
  return (
    <>
      <Field label={label} field={field} value={value} change={change} problem={problem} maxLength={128} required />
      <Choice label="Usual ones" value="" change={(calendar) => calendar && change(calendar)} options={[["", "Examples …"], ...usual]} />
    </>
  );
}

export function ZoneField({ value, change, problem }: { value: string; change: (zone: string) => void; problem: Error | null }) {
  return (
    <>
      <Field label="Time zone" field="zone" value={value} change={change} problem={problem} list="zones" maxLength={64} required />
      <datalist id="zones">
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

/** The next times, or why there are none. */
export function NextRuns({ calendar, zone, count, label }: { calendar: string; zone: string; count: number; label: string }) {
  const [found, setFound] = useState({ times: [] as string[], zone }); // with the zone that was asked for
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(async () => {
      try {
        const { time } = await call("calendar.next", { calendar: calendar.trim(), zone, limit: count });
        if (!gone) (setFound({ times: time, zone }), setProblem(""));
      } catch (caught) {
        if (!gone) (setFound({ times: [], zone }), setProblem(caught instanceof Refusal ? caught.message : String(caught)));
      }
    }, TYPING_MS);
    return () => ((gone = true), clearTimeout(timer));
  }, [calendar, zone]);
  return (
    <section class="next" aria-label={label}>
      <p class="problem" role="alert">
        {problem}
      </p>
      <ol class="runs">
        {found.times.map((time) => (
          <li key={time}>
            <When time={time} zone={found.zone} />
          </li>
        ))}
      </ol>
    </section>
  );
}
