/** From when on a document is good, and for how long. */
import { Field } from "../parts/form";
import type { Form, Part } from "./form";

export function Life({ form, change, problem }: Part<Form>) {
  return (
    <>
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
    </>
  );
}
