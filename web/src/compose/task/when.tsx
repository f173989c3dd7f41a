/** When it runs: once, or by a calendar in a time zone. */
import { Choice } from "../../parts/form";
import { CalendarField, NextRuns, ZoneField, type Usual } from "../calendar";
import type { Part } from "../form";
import { Life } from "../life";
import type { TaskForm } from "./form";

const NEXT = 8;

const USUAL: Usual = [
  ["hourly", "every hour"],
  ["*:0/15", "every 15 minutes"],
  ["daily", "every day at midnight"],
  ["Mon..Fri 18:30", "on workdays at 18:30"],
  ["Sat 03:00", "on Saturdays at 3:00"],
  ["*-*-1 04:00", "on the first of the month at 4:00"],
  ["*-*~1 23:00", "on the last of the month at 23:00"],
];

export function When({ form, change, problem }: Part<TaskForm>) {
  return (
    <fieldset class="panel compose">
      <legend>When it runs</legend>
      <div class="pair">
        <Choice
          label="It runs"
          value={form.when}
          change={(when) => change({ when: when as TaskForm["when"], days: when === "calendar" ? "90" : "7" })}
          options={[
            ["once", "once"],
            ["calendar", "again and again, by a calendar"],
          ]}
        />
        <Life form={form} change={change} problem={problem} />
      </div>
      {form.when === "calendar" && <Again form={form} change={change} problem={problem} />}
    </fieldset>
  );
}

function Again({ form, change, problem }: Part<TaskForm>) {
  return (
    <>
      <div class="pair">
        <CalendarField
          label="Calendar, as systemd’s OnCalendar="
          value={form.calendar}
          change={(calendar) => change({ calendar })}
          usual={USUAL}
          field="calendar"
          problem={problem}
        />
        <ZoneField value={form.zone} change={(zone) => change({ zone })} problem={problem} />
        <Choice
          label="While a machine was off"
          value={form.missed}
          change={(missed) => change({ missed: missed as TaskForm["missed"] })}
          options={[
            ["skip", "what was missed is left out"],
            ["once", "what was missed is made up for once"],
          ]}
        />
      </div>
      <NextRuns calendar={form.calendar} zone={form.zone} count={NEXT} label="Next runs" />
    </>
  );
}
