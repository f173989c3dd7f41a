/** A task as people judge it: what runs, as whom, when, where, within what limits. */
import { linesOf, Plain, PlainBox } from "../parts/plain";
import { size } from "../size";
import type { Task } from "./document";
import { duration } from "./duration";
import { Fact, Facts, When } from "./fact";
import { Targets } from "./targets";
import { CONSENT } from "./words";

export function TaskView({ task, runs }: { task: Task; runs: string[] }) {
  return (
    <>
      <What task={task} />
      <Facts>
        <Fact name="As user">
          <b class={task.user === "root" ? "grave" : ""}>
            <Plain text={task.user} />
          </b>
        </Fact>
        <Fact name="When">
          <Times task={task} runs={runs} />
        </Fact>
        <Fact name="Consent">{CONSENT[task.consent]}</Fact>
        <Fact name="At most">
          <Limits of={task} />
        </Fact>
        {task.rollout && (
          <Fact name="Rollout">
            <Rollout of={task.rollout} />
          </Fact>
        )}
        {task.fresh_within_s !== undefined && <Fact name="Status at most">{duration(task.fresh_within_s)} old</Fact>}
        {task.environment?.map(({ name, value }) => (
          <Fact key={name} name="Environment">
            <code class="plain">
              <Plain text={`${name}=${value}`} />
            </code>
          </Fact>
        ))}
        {task.files?.map((file) => (
          <Fact key={file.path} name="File">
            <code class="plain">
              <Plain text={file.path} />
            </code>{" "}
            <small>
              {size(file.bytes)}, SHA-256 {file.sha256}
            </small>
          </Fact>
        ))}
      </Facts>
      <Targets of={task} />
    </>
  );
}

function What({ task }: { task: Task }) {
  const lines = task.script ? linesOf(task.script.body).length : 0;
  if (task.script)
    return (
      <section class="what" aria-label="What runs">
        <p>
          A script of {lines === 1 ? "one line" : `${lines} lines`}, run by{" "}
          <code class="plain">
            <Words argv={task.script.interpreter} />
          </code>
        </p>
        <PlainBox text={task.script.body} label="Script" numbered />
      </section>
    );
  return (
    <section class="what" aria-label="What runs">
      <p>A program with {(task.argv?.length ?? 1) - 1 || "no"} arguments; no shell reads them.</p>
      <PlainBox text={(task.argv ?? []).map(quoted).join("\n")} label="Program and arguments" numbered />
    </section>
  );
}

/** Each argument stands by itself: a blank or an empty one would not be seen. */
function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : JSON.stringify(argument);
}

function Words({ argv }: { argv: string[] }) {
  return <Plain text={argv.map(quoted).join(" ")} />;
}

function Times({ task, runs }: { task: Task; runs: string[] }) {
  if (!task.schedule)
    return (
      <>
        once, between <When time={task.not_before} /> and <When time={task.expires} />
      </>
    );
  const { calendar, zone, missed } = task.schedule;
  return (
    <>
      <code class="plain">
        <Plain text={calendar} />
      </code>{" "}
      (<Plain text={zone} />), from <When time={task.not_before} /> to <When time={task.expires} />
      <small>{missed === "once" ? "What was missed is made up for once." : "What was missed is left out."}</small>
      {runs.length > 0 && (
        <ol class="runs" aria-label="Next runs">
          {runs.map((time) => (
            <li key={time}>
              <When time={time} zone={zone} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Limits({ of }: { of: Task }) {
  const parts = [
    duration(of.timeout_s),
    `${size(of.output_limit_bytes)} of output`,
    of.memory_limit_bytes && `${size(of.memory_limit_bytes)} of memory`,
    of.processes_limit && `${of.processes_limit} processes`,
  ];
  return <>{parts.filter(Boolean).join(", ")}</>;
}

function Rollout({ of }: { of: NonNullable<Task["rollout"]> }) {
  const first = of.canary ? `${of.canary} first, then ` : "";
  return (
    <>
      {first}
      {of.ring} at a time; it stops after {of.stop_failures === 1 ? "one failure" : `${of.stop_failures} failures`}
    </>
  );
}
