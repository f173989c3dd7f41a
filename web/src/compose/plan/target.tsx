/** Where backups go: a target by the name that the endpoints' owners gave it. Nobody else can name another place. */
import { judge } from "../../backups/targets";
import { Field } from "../../parts/form";
import { Plain } from "../../parts/plain";
import type { Part } from "../form";
import { targetsOf, type Told } from "../permits";
import type { PlanForm } from "./form";

export function Target({ form, change, problem, told }: Part<PlanForm> & { told: Map<number, Told | undefined> }) {
  const names = targetsOf(told);
  const risks = [...told.values()].flatMap((one) => {
    const target = one?.targets.get(form.target);
    return target && judge(form.target, target).grave ? [target] : [];
  });
  return (
    <fieldset class="panel compose">
      <legend>Where backups go</legend>
      <Field
        label="Target, by its owner’s name"
        field="target"
        value={form.target}
        change={(target) => change({ target })}
        problem={problem}
        pattern="[a-z0-9\-]{1,32}"
        title="small letters, digits and -; at most 32"
        maxLength={32}
        hint="Address, credential and the keys that can read it stand in /etc/vedette/targets.conf on each machine, and nowhere else."
        required
      />
      {names.length > 0 && (
        <div class="chips" role="group" aria-label="Targets of the chosen machines">
          {names.map(({ name, machines }) => (
            <button key={name} type="button" class="chip" aria-pressed={name === form.target} onClick={() => change({ target: name })}>
              <Plain text={name} /> <small>{machines === told.size ? "all of them" : `${machines} of ${told.size}`}</small>
            </button>
          ))}
        </div>
      )}
      {risks.length > 0 && (
        <p class="note" role="status">
          <b>Backups can be lost there.</b> {risks.length === told.size ? "" : `On ${risks.length} of these machines: `}
          <Plain text={judge(form.target, risks[0]).words} />
        </p>
      )}
    </fieldset>
  );
}
