/** Files that are being brought back, or were last: how far, how fast, how long still. */
import { exactSpan } from "../clock";
import { Problem, useWork } from "../parts/form";
import { Plain } from "../parts/plain";
import { size } from "../size";
import { stop, type Bringing } from "./ask";

const NUMBER = new Intl.NumberFormat("en");

const TITLES: Record<Bringing["state"], string> = {
  nothing: "",
  reads: "Reading what stands where …",
  writes: "Bringing files back",
  done: "Brought back",
  failed: "Not all was brought back",
};

export function Bring({ of, changed }: { of: Bringing; changed: () => void }) {
  const work = useWork();
  if (of.state === "nothing") return null;
  const goes = of.state === "reads" || of.state === "writes";
  const halt = () =>
    work.run(async () => {
      await stop();
      changed();
    });
  return (
    <section class="panel" aria-labelledby="bringing">
      <header>
        <h2 id="bringing">{of.state === "done" && of.failed_files ? TITLES.failed : TITLES[of.state]}</h2>
        {goes && (
          <button type="button" disabled={work.busy} onClick={() => void halt()}>
            Stop
          </button>
        )}
      </header>
      <Problem of={work.problem} />
      <p>
        Into{" "}
        <code class="plain">
          <Plain text={of.to} />
        </code>
      </p>
      {of.reason && (
        <p class="note" role="status">
          <Plain text={of.reason} />
        </p>
      )}
      {of.state !== "reads" && <Bar of={of} goes={goes} />}
      {of.failed_files > 0 && <p class="hint">What could not be brought back is named in the terminal.</p>}
    </section>
  );
}

function Bar({ of, goes }: { of: Bringing; goes: boolean }) {
  const share = of.expected_bytes ? of.content_bytes / of.expected_bytes : of.state === "done" ? 1 : 0;
  const rate = of.took_ms ? (of.content_bytes * 1000) / of.took_ms : 0;
  const words = [
    `${NUMBER.format(of.files)} of ${NUMBER.format(of.expected_files)} files and folders`,
    `${size(of.content_bytes)} of ${size(of.expected_bytes)} written`,
    of.same_files > 0 && `${NUMBER.format(of.same_files)} were there already`,
    of.failed_files > 0 && `${NUMBER.format(of.failed_files)} could not be brought back`,
    rate >= 1 && `${size(rate)} a second`,
    goes && rate >= 1 && `about ${exactSpan(((of.expected_bytes - of.content_bytes) / rate) * 1000)} left`,
  ];
  return (
    <div class="progress">
      <div class="proportion" role="progressbar" aria-label="Files brought back" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}>
        {share > 0 && <span class={goes ? "run-running" : of.state === "done" && !of.failed_files ? "run-done" : "run-failed"} style={{ flexGrow: share }} />}
        {share < 1 && <span class="run-queued" style={{ flexGrow: 1 - share }} />}
      </div>
      <span role="status">{words.filter(Boolean).join(" · ")}</span>
    </div>
  );
}
