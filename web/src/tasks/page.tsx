/** One task: what it is, who signed it or still has to, and how it goes on every agent. */
import type { DocumentGetReply, TaskShowReply } from "contract";
import { useEffect, useState } from "preact/hooks";

import { call } from "../call";
import { Exactly, Hash } from "../document/bytes";
import { Since } from "../document/changed";
import { isPlan, isRestore, isTask, readEnvelope, type Document } from "../document/document";
import { Fact, Facts } from "../document/fact";
import { Shown as DocumentShown } from "../document/shown";
import { Page } from "../frame";
import { Moment } from "../parts/age";
import { Dialog } from "../parts/dialog";
import { Problem, useWork } from "../parts/form";
import { Icon } from "../parts/icons";
import { useEvents, useLoaded } from "../parts/loaded";
import { documentPath } from "../route";
import { may, type Session } from "../session";
import { concernsTasks } from "./concerns";
import { documentWords, mayCancel } from "./doing";
import { PlanMachines } from "../backups/machines";
import { RestoreRun } from "../backups/restore";
import { Handover } from "./handover";
import { useRuns } from "./runs";
import { RunsOf } from "./runsof";

const MOST_RUNS_SHOWN_NEXT = 6;

interface Known {
  of: DocumentGetReply;
  document: Document;
  next: string[]; // of a recurring task
  before: Document | null; // of a draft: the version that it would replace
}

async function load(id: string, version?: number): Promise<Known> {
  const of = await call("document.get", { document: id, document_version: version });
  const document = await readEnvelope(of.dsse);
  const schedule = isTask(document.head) ? document.head.schedule : undefined;
  const next = schedule
    ? (await call("calendar.next", { calendar: schedule.calendar, zone: schedule.zone, limit: MOST_RUNS_SHOWN_NEXT }).catch(() => ({ time: [] }))).time
    : [];
  return { of, document, next, before: of.document_state === "draft" ? await versionBefore(of) : null };
}

async function versionBefore(of: DocumentGetReply): Promise<Document | null> {
  if (of.document_version < 2) return null;
  const last = await call("document.get", { document: of.document, document_version: of.document_version - 1 }).catch(() => null);
  return last && readEnvelope(last.dsse);
}

export function TaskPage({ who, id, query }: { who: Session; id: string; query: string }) {
  const version = Number(new URLSearchParams(query).get("version")) || undefined;
  const { data, problem, again } = useLoaded(() => load(id, version), [id, version]);
  useEvents((event) => concernsTasks(event) && !event.type.startsWith("task."), () => void again(), [again]);
  if (!data)
    return (
      <Page title="Task">
        <Problem of={problem} />
        {!problem && (
          <p class="waiting" role="status">
            Loading …
          </p>
        )}
      </Page>
    );
  return <Shown who={who} {...data} again={again} />;
}

function Shown({ who, of, document, next, before, again }: Known & { who: Session; again: () => Promise<void> }) {
  const { head } = document;
  const plan = isPlan(head);
  const draft = of.document_state === "draft";
  const restore = isRestore(head);
  const runs = useRuns((isTask(head) || restore) && !draft ? of : null);
  const task = runs.data?.task;
  return (
    <Page title={head.title} side={<Actions who={who} of={of} task={task} again={again} />}>
      <p class="crumbs">
        <a href={plan || restore ? "#/backups" : "#/tasks"}>
          <Icon name="back" />
          {plan || restore ? "Backups" : "Tasks"}
        </a>
        <span>
          {head.kind}, version {head.version}
        </span>
        {head.version > 1 && <a href={`#${documentPath(head.kind, head.document, head.version - 1)}`}>the version before</a>}
        <span>{documentWords(of.document_state, task)}</span>
        <span>
          <Moment time={of.made_at} /> by {of.maker}
        </span>
      </p>
      {draft && <Handover of={of} />}
      {restore && !draft && <RestoreRun document={of.document} version={of.document_version} />}
      {runs.data && !restore ? <RunsOf who={who} runs={runs.data} problem={runs.problem} /> : <Problem of={runs.problem} />}
      {plan && !draft && <PlanMachines who={who} document={of.document} />}
      <section class="panel document" aria-labelledby="document">
        <header>
          <h2 id="document">{draft ? "What would be signed" : "What was signed"}</h2>
        </header>
        {before && <Since document={document} before={before} />}
        <DocumentShown head={head} runs={next} />
        <Facts>
          {!draft && <Fact name="Signed by">{of.signers}</Fact>}
          <Fact name="Document">
            <code>{head.document}</code>
          </Fact>
          <Fact name="SHA-256">
            <Hash of={document.sha256} />
            {of.class && (
              <small>
                <a href={`#/log?range=all&entry=${of.class}-${of.sequence}`}>its entry in the log</a>
              </small>
            )}
          </Fact>
        </Facts>
        <Exactly of={document} />
      </section>
    </Page>
  );
}

const COMPOSED = new Set<DocumentGetReply["document_kind"]>(["task", "backup-plan", "restore"]);

interface ActionsProps {
  who: Session;
  of: DocumentGetReply;
  task: TaskShowReply | undefined; // where it is one
  again: () => Promise<void>;
}

function Actions({ who, of, task, again }: ActionsProps) {
  const [asking, setAsking] = useState(false);
  useEffect(() => setAsking(false), [of.document_state]);
  if (!may(who, "operator")) return null;
  return (
    <div class="actions">
      {COMPOSED.has(of.document_kind) && (
        <a class="button" href={`#/compose?from=${of.document}`}>
          New version
        </a>
      )}
      {mayCancel(of, task) && (
        <button type="button" class="grave" onClick={() => setAsking(true)}>
          Cancel
        </button>
      )}
      {asking && <Cancel of={of} close={() => (setAsking(false), void again())} />}
    </div>
  );
}

function Cancel({ of, close }: { of: DocumentGetReply; close: () => void }) {
  const work = useWork();
  const cancel = () =>
    work.run(async () => {
      await call("task.cancel", { document: of.document, document_version: of.document_version });
      close();
    });
  return (
    <Dialog title={`Cancel this ${of.document_kind.replace("-", " ")}`} close={close}>
      <p>What has not begun does not begin, and what runs is stopped. Stopping needs no signature. It cannot be taken up again: a new version can.</p>
      {of.document_kind === "backup-plan" && <p>Backups that are there stay, each until its date.</p>}
      <Problem of={work.problem} />
      <p class="actions">
        <button type="button" class="grave" disabled={work.busy} onClick={() => void cancel()}>
          Cancel the {of.document_kind.replace("-", " ")}
        </button>
      </p>
    </Dialog>
  );
}
