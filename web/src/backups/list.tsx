/** Every backup of an agent, newest first; one opens to all that is known of it. */
import type { BackupShowReply } from "contract";

import { call } from "../call";
import { Fact, Facts, When } from "../document/fact";
import { Moment } from "../parts/age";
import { Problem } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { Table } from "../parts/table";
import { may, type Session } from "../session";
import { size } from "../size";
import { CLASSES } from "./classes";
import { dayWords } from "./fate";
import type { Backup } from "./figures";
import { BackupWord } from "./state";

interface Props {
  who: Session;
  agent: number;
  list: Backup[];
  open: string; // of which all is shown
  show: (backup: string) => void;
}

export function List({ who, agent, list, open, show }: Props) {
  return (
    <section class="panel" aria-labelledby="backups">
      <header>
        <h2 id="backups">Backups</h2>
      </header>
      {!list.length && <p class="calm">None yet.</p>}
      {list.length > 0 && (
        <Table label="Backups of this machine" heads={["Date", "Class", "State", "Size", "New", "Kept until", "Proven"]} actions name="backups">
          {list.map((one) => (
            <Row key={one.backup} who={who} agent={agent} one={one} open={open === one.backup} toggle={() => show(open === one.backup ? "" : one.backup)} />
          ))}
        </Table>
      )}
    </section>
  );
}

export const restorePath = (backup: string, agent: number) => `#/compose/restore?backup=${backup}&of=${agent}`;

const bytes = (count: number | null) => (count == null ? "–" : size(count));

function Row({ who, agent, one, open, toggle }: { who: Session; agent: number; one: Backup; open: boolean; toggle: () => void }) {
  return (
    <>
      <tr>
        <td data-th="Date">{dayWords(one.slot)}</td>
        <td data-th="Class">{CLASSES[one.backup_class].title}</td>
        <td data-th="State">
          <BackupWord state={one.backup_state} />
          <small>
            {one.reason ?? one.code ? <Plain text={one.reason ?? one.code ?? ""} /> : <Moment time={one.since} />}
          </small>
        </td>
        <td data-th="Size">{bytes(one.content_bytes)}</td>
        <td data-th="New">{bytes(one.new_bytes)}</td>
        <td data-th="Kept until">{dayWords(one.kept_until)}</td>
        <td data-th="Proven">{one.proven_at ? <Moment time={one.proven_at} /> : "not yet"}</td>
        <td>
          <div class="actions">
            {one.backup_state === "done" && may(who, "operator") && (
              <a class="button" href={restorePath(one.backup, agent)}>
                Restore<span class="hidden"> of {dayWords(one.slot)}</span>
              </a>
            )}
            <button type="button" aria-expanded={open} onClick={toggle}>
              All<span class="hidden"> of the backup of {dayWords(one.slot)}</span>
            </button>
          </div>
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={8}>
            <All agent={agent} backup={one.backup} />
          </td>
        </tr>
      )}
    </>
  );
}

const NUMBER = new Intl.NumberFormat("en");
const files = (count: number) => (count === 1 ? "One file" : `${NUMBER.format(count)} files`);

/** Names and values, as far as they are known. */
function rowsOf(of: BackupShowReply): [string, string | undefined][] {
  const count = (value: number | undefined) => (value === undefined ? undefined : NUMBER.format(value));
  const long = (value: number | undefined) => (value === undefined ? undefined : size(value));
  return [
    ["Files", count(of.files)],
    ["Of these changed", count(of.changed_files)],
    ["Size of all files", long(of.content_bytes)],
    ["Stored anew", long(of.new_bytes)],
    ["On the target", long(of.stored_bytes)],
    ["Of this needed", long(of.live_bytes)],
    ["Segments", count(of.segments)],
    ["Needs", of.base],
    ["SHA-256 of its order", of.order_sha256],
    ["SHA-256 of its commit", of.commit_sha256],
  ];
}

function All({ agent, backup }: { agent: number; backup: string }) {
  const { data, problem } = useLoaded(() => call("backup.show", { backup, agent }), [backup, agent]);
  if (!data) return <Problem of={problem} />;
  return (
    <div class="all">
      {!!data.unread_files && <p class="note">{files(data.unread_files)} could not be read, and so much is missing.</p>}
      {!!data.unsteady_files && <p class="note">{files(data.unsteady_files)} changed while being read: what is kept may be a mixture.</p>}
      <Facts>
        <Fact name="Backup">
          <code>{data.backup}</code>
          {data.anchor && <small>an anchor: openssl, zstd and tar bring it back</small>}
        </Fact>
        {data.document && (
          <Fact name="Plan">
            <a href={`#/plan/${data.document}?version=${data.document_version}`}>
              <Plain text={data.title ?? data.document} />
            </a>
          </Fact>
        )}
        {data.began && (
          <Fact name="From … to">
            <When time={data.began} /> … {data.ended_at && <When time={data.ended_at} />}
          </Fact>
        )}
        {rowsOf(data)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => (
            <Fact key={name} name={name}>
              <span class="plain">{value}</span>
            </Fact>
          ))}
        {data.sequence !== undefined && (
          <Fact name="Its order">
            <a href={`#/log?range=all&entry=ops-${data.sequence}`}>its entry in the log</a>
          </Fact>
        )}
      </Facts>
      <p class="hint">
        It is brought back by a signed document, or with the recovery key and no server: <code>vedette restore --key recovery.pem TARGET --backup {data.backup}</code>.
        Which files are in it, <code>vedette backup browse --key recovery.pem TARGET</code> shows: names, too, are sealed, and this server cannot read them.
      </p>
    </div>
  );
}
