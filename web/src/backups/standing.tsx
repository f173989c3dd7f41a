/** How a machine stands with its backups: figures, and by which plans. */
import { exactSpan, serverNow } from "../clock";
import { Moment } from "../parts/age";
import { useTick } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { size } from "../size";
import { CLASSES } from "./classes";
import { Deletes } from "./deletes";
import { dayWords } from "./fate";
import type { Figures } from "./figures";
import type { OnMachine } from "./plans";
import type { OwnTarget } from "./targets";

const AGE_MS = 60_000;

interface Props {
  plans: OnMachine[];
  of: Figures;
  targets: Map<string, OwnTarget>;
}

export function Standing({ plans, of, targets }: Props) {
  useTick(AGE_MS);
  const { newest } = of;
  return (
    <section class="panel" aria-labelledby="standing">
      <header>
        <h2 id="standing">How they are</h2>
      </header>
      <dl class="figures">
        <div>
          <dt>Newest</dt>
          <dd>
            {newest ? dayWords(newest.slot) : "none yet"}
            {newest && <small>{CLASSES[newest.backup_class].title.toLowerCase()}, done <Moment time={newest.since} /></small>}
          </dd>
        </div>
        <div>
          <dt>Size</dt>
          <dd>{of.size_bytes == null ? "–" : size(of.size_bytes)}</dd>
        </div>
        <div>
          <dt>Change rate</dt>
          <dd>
            {of.changed == null ? "–" : `${(of.changed * 100).toFixed(1)} %`}
            {of.changed != null && <small>of the files since the one before</small>}
          </dd>
        </div>
        <div>
          <dt>Deduplication</dt>
          <dd>
            {of.stored == null ? "–" : `${of.stored.toFixed(1)} : 1`}
            {of.stored != null && <small>bytes of files for a byte stored</small>}
          </dd>
        </div>
        <div>
          <dt>Last proven restore</dt>
          <dd class={of.proven_at ? "" : "grave"}>
            {of.proven_at ? <Moment time={of.proven_at} /> : "never"}
            <small>{of.proven_at ? `${exactSpan(serverNow() - Date.parse(of.proven_at))} ago` : "nobody has brought files of it back to compare"}</small>
          </dd>
        </div>
      </dl>
      {!plans.length && <p class="calm">No plan that is in force says that this machine backs up.</p>}
      {plans.map((plan) => (
        <p key={plan.document} class="hint">
          By the plan{" "}
          <a href={`#/plan/${plan.document}?version=${plan.document_version}`}>
            <Plain text={plan.title} />
          </a>{" "}
          to <Plain text={plan.backup_target} />
          {plan.next_at && (
            <>
              , next <Moment time={plan.next_at} />
            </>
          )}
          .
        </p>
      ))}
      {plans.length > 0 && <Deletes names={plans.map((plan) => plan.backup_target)} targets={targets} />}
    </section>
  );
}
