/** A backup plan as people judge it: what is backed up, where to, when, within what limits. */
import { CLASSES } from "../backups/classes";
import { Plain } from "../parts/plain";
import { size } from "../size";
import type { Plan } from "./document";
import { duration } from "./duration";
import { Fact, Facts, When } from "./fact";
import { Paths } from "./paths";
import { Targets } from "./targets";

export function PlanView({ plan }: { plan: Plan }) {
  const limits = [plan.bandwidth_bytes_s && `${size(plan.bandwidth_bytes_s)} a second`, plan.cpu_percent && `${plan.cpu_percent} % of the processors`];
  return (
    <>
      <Facts>
        <Paths name="Paths" list={plan.paths} />
        <Paths name="Left out" list={plan.excluded} />
        <Paths name="SQLite databases" list={plan.databases} />
        <Paths name="Dumps" list={plan.dumps} />
        <Fact name="Goes to">
          <b>
            <Plain text={plan.target} />
          </b>
          <small>by the name in each machine’s /etc/vedette/targets.conf, which its owner alone writes</small>
        </Fact>
        {plan.classes.map((one) => (
          <Fact key={one.class} name={CLASSES[one.class].title}>
            <code class="plain">
              <Plain text={one.calendar} />
            </code>{" "}
            (<Plain text={plan.zone} />){one.anchor && ", as anchors, which stock tools bring back"}
            <small>kept for {CLASSES[one.class].kept}</small>
          </Fact>
        ))}
        <Fact name="In force">
          from <When time={plan.not_before} /> to <When time={plan.expires} />
        </Fact>
        {plan.window_s !== undefined && <Fact name="May still begin">{duration(plan.window_s)} after it was due</Fact>}
        {plan.jitter_s !== undefined && <Fact name="Spread over">{duration(plan.jitter_s)}</Fact>}
        {limits.some(Boolean) && <Fact name="At most">{limits.filter(Boolean).join(", ")}</Fact>}
        {plan.fresh_within_s !== undefined && <Fact name="Status at most">{duration(plan.fresh_within_s)} old</Fact>}
      </Facts>
      <Targets of={plan} />
    </>
  );
}
