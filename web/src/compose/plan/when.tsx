/** When backups are due: a calendar for each class, in one time zone. */
import { plan_classWords } from "contract";

import { CLASSES } from "../../backups/classes";
import { Check, Field } from "../../parts/form";
import { CalendarField, NextRuns, ZoneField, type Usual } from "../calendar";
import type { Part } from "../form";
import { Life } from "../life";
import type { PlanClass, PlanForm, Timing } from "./form";

const NEXT = 3;

const USUAL: Usual = [
  ["*-*-* 01:30", "every day at 1:30"],
  ["Tue..Sun 01:30", "every day but Monday at 1:30"],
  ["Mon..Fri 12:30", "on workdays at 12:30"],
  ["Mon 01:30", "on Mondays at 1:30"],
  ["Sat 22:00", "on Saturdays at 22:00"],
];

export function When({ form, change, problem }: Part<PlanForm>) {
  return (
    <fieldset class="panel compose">
      <legend>When</legend>
      {plan_classWords.map((one) => (
        <Class key={one} of={one} form={form} change={change} problem={problem} />
      ))}
      <div class="pair">
        <ZoneField value={form.zone} change={(zone) => change({ zone })} problem={problem} />
        <Field
          label="May still begin for hours"
          field="window_s"
          type="number"
          min={1}
          max={48}
          value={form.window}
          change={(window) => change({ window })}
          problem={problem}
          hint="Empty: 6. After that it is missed, and said to be."
        />
        <Field
          label="Spread over minutes"
          field="jitter_s"
          type="number"
          min={0}
          max={1440}
          value={form.jitter}
          change={(jitter) => change({ jitter })}
          problem={problem}
          hint="Empty: 10. So that not all machines send at once."
        />
        <Life form={form} change={change} problem={problem} />
      </div>
    </fieldset>
  );
}

function Class({ of, form, change, problem }: Part<PlanForm> & { of: PlanClass }) {
  const timing = form.classes[of];
  const set = (part: Partial<Timing>) => change({ classes: { ...form.classes, [of]: { ...timing, ...part } } });
  const { title, what, kept } = CLASSES[of];
  return (
    <div class="timing" role="group" aria-label={title}>
      <Check label={title} value={timing.on} change={(on) => set({ on })} hint={`${what}, kept for ${kept}.`} />
      {timing.on && (
        <>
          <div class="pair">
            <CalendarField
              label={`${title}: calendar`}
              value={timing.calendar}
              change={(calendar) => set({ calendar })}
              usual={USUAL}
              field="classes"
              problem={problem}
            />
            {of !== "differential" && (
              <Check
                label="Anchors"
                value={timing.anchor}
                change={(anchor) => set({ anchor })}
                hint="Complete in themselves: openssl, zstd and tar bring them back, with no program of ours. They take as much room as all files."
              />
            )}
          </div>
          <NextRuns calendar={timing.calendar} zone={form.zone} count={NEXT} label={`Next ${title.toLowerCase()} backups`} />
        </>
      )}
    </div>
  );
}
