/** The backups there are, class by class, the newest first; and how many of them have been read. */
import { CLASSES, type BackupClass } from "../backups/classes";
import { dayWords, shortDay } from "../backups/fate";
import { walk } from "../parts/cells";
import { Plain } from "../parts/plain";
import { size } from "../size";
import type { Backup, State, Work } from "./ask";

const NUMBER = new Intl.NumberFormat("en");
const ORDER = Object.keys(CLASSES) as BackupClass[];

interface Props {
  of: Work;
  now: State;
  at: number;
  go: (backup: number) => void;
}

export function Backups({ of, now, at, go }: Props) {
  const shown = of.backups[at];
  const why = now.failed.find((one) => one.at === at)?.why;
  const count = of.backups.length;
  return (
    <section class="panel calendar" aria-labelledby="which">
      <header>
        <h2 id="which">{count === 1 ? "One backup" : `${count} backups`}</h2>
        <p class="hint" role="status">
          {now.looked_at < count ? `Reading names: ${now.looked_at} of ${count} …` : `${NUMBER.format(now.names - 1)} names in all of them`}
        </p>
      </header>
      {of.n_passed_over > 0 && (
        <p class="note">
          {of.n_passed_over === 1 ? "One is" : `${of.n_passed_over} are`} left out: <Plain text={of.passed_over} />
        </p>
      )}
      {ORDER.map((name) => (
        <Class key={name} name={name} of={of} now={now} at={at} go={go} />
      ))}
      {shown && (
        <p role="status">
          <b>{dayWords(shown.slot)}</b>, {CLASSES[shown.backup_class].title.toLowerCase()}, {words(shown)}
        </p>
      )}
      {why && (
        <p class="note" role="status">
          It could not be read: <Plain text={why} />
        </p>
      )}
    </section>
  );
}

function words(of: Backup): string {
  const parts = [
    `made ${new Date(of.ended_at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}`,
    `${NUMBER.format(of.files)} entries`,
    size(of.content_bytes),
    `kept until ${dayWords(of.kept_until)}`,
    of.unread_files > 0 && `${NUMBER.format(of.unread_files)} could not be read then`,
    of.unsteady_files > 0 && `${NUMBER.format(of.unsteady_files)} changed while they were read`,
  ];
  return parts.filter(Boolean).join(", ");
}

function Class({ name, of, now, at, go }: Props & { name: BackupClass }) {
  const here = of.backups.map((backup, i) => ({ backup, i })).filter(({ backup }) => backup.backup_class === name);
  if (!here.length) return null;
  const stop = Math.max(0, here.findIndex(({ i }) => i === at));
  return (
    <div class="class">
      <h3>{CLASSES[name].title}</h3>
      <div class="cells" role="group" aria-label={`${CLASSES[name].title} backups`} onKeyDown={walk}>
        {here.map(({ backup, i }, place) => (
          <button
            key={backup.backup}
            type="button"
            class={now.failed.some((one) => one.at === i) ? "run-failed" : now.order.includes(i) ? "run-done" : "run-queued"}
            tabIndex={place === stop ? 0 : -1}
            aria-pressed={i === at}
            title={`${dayWords(backup.slot)}, ${size(backup.content_bytes)}`}
            onClick={() => go(i)}
          >
            {shortDay(backup.slot)}
          </button>
        ))}
      </div>
    </div>
  );
}
