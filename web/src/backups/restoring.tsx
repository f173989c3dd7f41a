/** How far a restore is: files, bytes, rate, time left; and how it ended. */
import { exactSpan, serverNow } from "../clock";
import { useTick } from "../parts/loaded";
import { size } from "../size";
import type { Restore } from "./restores";

const QUIET_MS = 120_000; // a machine that has told nothing for so long may be gone
const NUMBER = new Intl.NumberFormat("en");

const count = (of: number | null) => NUMBER.format(of ?? 0);

/** Of one that runs, or of one that has ended: what was told last. */
export function Restoring({ of, runs }: { of: Restore; runs: boolean }) {
  useTick(1_000);
  if (of.reported_at == null)
    return runs ? <p class="hint">It asks for its keys, which the restore key service gives: nothing was told of files yet.</p> : null;
  const all = of.expected_bytes ?? 0;
  const done = of.content_bytes ?? 0;
  const share = all ? Math.min(1, done / all) : of.files === of.expected_files ? 1 : 0;
  const silent = serverNow() - Date.parse(of.reported_at);
  const words = [
    `${count(of.files)} of ${count(of.expected_files)} files and folders`,
    `${size(done)} of ${size(all)} written`,
    !!of.same_files && `${count(of.same_files)} were there already`,
    !!of.failed_files && `${count(of.failed_files)} could not be brought back`,
    runs && of.rate_bytes_s != null && `${size(of.rate_bytes_s)} a second`,
    runs && of.left_s != null && `about ${exactSpan(of.left_s * 1000)} left`,
  ];
  return (
    <div class="progress">
      <div
        class="proportion"
        role="progressbar"
        aria-label={`Restore on ${of.name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        {share > 0 && <span class={runs ? "run-running" : of.failed_files ? "run-failed" : "run-done"} style={{ flexGrow: share }} />}
        {share < 1 && <span class="run-queued" style={{ flexGrow: 1 - share }} />}
      </div>
      <span>{words.filter(Boolean).join(" · ")}</span>
      {runs && silent > QUIET_MS && <b class="grave">It has told nothing for {exactSpan(silent)}.</b>}
    </div>
  );
}
