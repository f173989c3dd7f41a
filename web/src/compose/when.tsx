/** When it runs: once, or by a calendar in a time zone, with the next times as agents will keep them. */
import { useEffect, useState } from "preact/hooks";

import { call, Refusal } from "../call";
import { When as Time } from "../document/fact";
import { Choice, Field } from "../parts/form";
import type { Form } from "./form";
import type { Part } from "./what";

const TYPING_MS = 300;
const NEXT = 8;

const USUAL: [string, string][] = [
  ["", "Examples …"],
  ["hourly", "every hour"],
  ["*:0/15", "every 15 minutes"],
  ["daily", "every day at midnight"],
  ["Mon..Fri 18:30", "on workdays at 18:30"],
  ["Sat 03:00", "on Saturdays at 3:00"],
  ["*-*-1 04:00", "on the first of the month at 4:00"],
  ["*-*~1 23:00", "on the last of the month at 23:00"],
];

export function When({ form, change, problem }: Part) {
  return (
    <fieldset class="panel compose">
      <legend>When it runs</legend>
      <div class="pair">
        <Choice
          label="It runs"
          value={form.when}
          change={(when) => change({ when: when as Form["when"], days: when === "calendar" ? "90" : "7" })}
          options={[
            ["once", "once"],
            ["calendar", "again and again, by a calendar"],
          ]}
        />
        <Field label="Not before (empty: at once)" type="datetime-local" value={form.not_before} change={(not_before) => change({ not_before })} />
        <Field
          label="Good for so many days"
          field="expires"
          type="number"
          min={1}
          max={3650}
          value={form.days}
          change={(days) => change({ days })}
          problem={problem}
          hint="The endpoint’s policy may want less: 90 where nothing is said."
          required
        />
      </div>
      {form.when === "calendar" && <Calendar form={form} change={change} problem={problem} />}
    </fieldset>
  );
}

function Calendar({ form, change, problem }: Part) {
  return (
    <>
      <div class="pair">
        <Field
          label="Calendar, as systemd’s OnCalendar="
          field="calendar"
          value={form.calendar}
          change={(calendar) => change({ calendar })}
          problem={problem}
          maxLength={128}
          required
        />
        <Choice label="Usual ones" value="" change={(calendar) => calendar && change({ calendar })} options={USUAL} />
        <Field label="Time zone" field="zone" value={form.zone} change={(zone) => change({ zone })} problem={problem} list="zones" maxLength={64} required />
        <datalist id="zones">
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <Choice
          label="While a machine was off"
          value={form.missed}
          change={(missed) => change({ missed: missed as Form["missed"] })}
          options={[
            ["skip", "what was missed is left out"],
            ["once", "what was missed is made up for once"],
          ]}
        />
      </div>
      <Preview calendar={form.calendar} zone={form.zone} />
    </>
  );
}

function Preview({ calendar, zone }: { calendar: string; zone: string }) {
  const [times, setTimes] = useState<string[]>([]);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(async () => {
      try {
        const { time } = await call("calendar.next", { calendar: calendar.trim(), zone, limit: NEXT });
        if (!gone) (setTimes(time), setProblem(""));
      } catch (caught) {
        if (!gone) (setTimes([]), setProblem(caught instanceof Refusal ? caught.message : String(caught)));
      }
    }, TYPING_MS);
    return () => ((gone = true), clearTimeout(timer));
  }, [calendar, zone]);
  return (
    <section class="next" aria-label="Next runs">
      <p class="problem" role="alert">
        {problem}
      </p>
      <ol class="runs">
        {times.map((time) => (
          <li key={time}>
            <Time time={time} zone={zone} />
          </li>
        ))}
      </ol>
    </section>
  );
}
