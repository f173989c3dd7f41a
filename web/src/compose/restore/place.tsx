/** Where files come to stand, by whose rights, and by which target the machine reaches the backup. */
import { Choice, Field } from "../../parts/form";
import { Plain } from "../../parts/plain";
import type { Part } from "../form";
import { targetsOf, type Told } from "../permits";
import type { RestoreForm } from "./form";

export function Place({ form, change, problem, told }: Part<RestoreForm> & { told: Map<number, Told | undefined> }) {
  const names = targetsOf(told);
  const other = form.agents.length === 1 && form.agents[0] !== form.of;
  return (
    <fieldset class="panel compose">
      <legend>Into</legend>
      <Choice
        label="Files come to stand"
        value={form.place}
        change={(place) => change({ place: place as RestoreForm["place"] })}
        options={[
          ["elsewhere", "in a folder, below which each has its whole path"],
          ["there", "in their own places"],
        ]}
      />
      {form.place === "elsewhere" ? (
        <Field
          label="Folder on the machine"
          field="into"
          value={form.into}
          change={(into) => change({ into })}
          problem={problem}
          maxLength={4096}
          hint="It is made, if the one that it stands in is there."
          required
        />
      ) : (
        <p class="hint">What stands there already is never written over: what is the same is left alone, what is another file stays, and is counted as not brought back.</p>
      )}
      <div class="pair">
        <Field
          label="By the rights of the user"
          field="user"
          value={form.user}
          change={(user) => change({ user })}
          problem={problem}
          maxLength={32}
          hint="Only root can give files back to their owners."
          required
        />
        <Choice
          label="Who is logged in there"
          value={form.consent}
          change={(consent) => change({ consent: consent as RestoreForm["consent"] })}
          options={[
            ["none", "is neither told nor asked"],
            ["notify", "is told"],
            ["ask", "is asked first"],
          ]}
        />
        <Field
          label="Target that has the backup, by its owner’s name"
          field="target"
          value={form.target}
          change={(target) => change({ target })}
          problem={problem}
          pattern="[a-z0-9\-]{1,32}"
          title="small letters, digits and -; at most 32"
          maxLength={32}
          hint={other ? "As /etc/vedette/targets.conf of that other machine names the same place." : "As the machine’s /etc/vedette/targets.conf names it."}
          required
        />
      </div>
      {names.length > 0 && (
        <div class="chips" role="group" aria-label="Targets of the machine">
          {names.map(({ name }) => (
            <button key={name} type="button" class="chip" aria-pressed={name === form.target} onClick={() => change({ target: name })}>
              <Plain text={name} />
            </button>
          ))}
        </div>
      )}
    </fieldset>
  );
}
