/** The composer: puts a task together as a draft. Nothing is signed here, and nothing runs by what is done here. */
import { useEffect, useState } from "preact/hooks";

import { toBase64, toHex } from "../bytes";
import { call } from "../call";
import { serverNow } from "../clock";
import { rowsOf } from "../columns";
import { isTask, readEnvelope, type Document } from "../document/document";
import { Page } from "../frame";
import { Problem, useWork } from "../parts/form";
import { useLoaded, useTick } from "../parts/loaded";
import { go } from "../route";
import type { Session } from "../session";
import { emptyForm, formOf, missing, taskOf, type Form, type Key } from "./form";
import { How } from "./how";
import type { Told } from "./permits";
import { What } from "./what";
import { When } from "./when";
import { Where } from "./where";

const AGAIN_MS = 5_000;
const ASKED_A_CALL = 200; // ids stand in the address
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What a new task needs to know: whose deployment it is, and the version before, if there is one. */
async function begin(from: string): Promise<{ deployment: string; before: Document | null }> {
  const trust = await call("trust.get", {});
  const newest = trust.dsse[trust.dsse.length - 1];
  if (!newest) throw new Error("There is no trust file yet, so nothing can be signed: `vedette trust init` makes it, off the server.");
  const { deployment } = (await readEnvelope(newest)).head;
  const before = from ? await readEnvelope((await call("document.get", { document: from })).dsse) : null;
  return { deployment, before };
}

export function ComposePage({ query }: { who: Session; query: string }) {
  const words = new URLSearchParams(query);
  const from = words.get("from") ?? "";
  const { data, problem } = useLoaded(() => begin(from), [from]);
  const agents = (words.get("agents") ?? "").split(",").map(Number).filter(Boolean);
  return (
    <Page title={data?.before ? `New version of ${data.before.head.title}` : "New task"}>
      <Problem of={problem} />
      {!data && !problem && (
        <p class="waiting" role="status">
          Loading …
        </p>
      )}
      {data && <Compose {...data} agents={agents} />}
    </Page>
  );
}

/** Something of each chosen agent, asked for as they are chosen. Of whom nothing is known it is undefined, and asked again by and by. */
function useEach<T>(agents: number[], ask: (ids: string) => Promise<[number, T][]>): Map<number, T | undefined> {
  const [known, setKnown] = useState(new Map<number, T | undefined>());
  const tick = useTick(AGAIN_MS);
  const unasked = agents.filter((agent) => !known.has(agent));
  const unknown = agents.filter((agent) => known.has(agent) && known.get(agent) === undefined);
  const wanted = [...unasked, ...unknown].slice(0, ASKED_A_CALL);
  useEffect(() => {
    if (!wanted.length) return;
    let gone = false;
    void ask(wanted.join(",")).then((found) => {
      if (!gone) setKnown((last) => new Map([...last, ...wanted.map((agent): [number, undefined] => [agent, undefined]), ...found]));
    }, () => {});
    return () => void (gone = true);
  }, [wanted.join(), tick]);
  return known;
}

async function keysOf(ids: string): Promise<[number, Key][]> {
  const rows = rowsOf(await call("agent.keys", { ids }), "agent");
  return rows.map(({ agent, name, fingerprint }) => [agent, { fingerprint, agent, name }]);
}

async function policiesOf(ids: string): Promise<[number, Told][]> {
  const rows = rowsOf(await call("agent.policies", { ids }), "agent");
  return rows.map(({ agent, policy, frozen }) => [agent, { policy: policy ?? null, frozen: frozen ?? false }]);
}

function Compose({ deployment, before, agents }: { deployment: string; before: Document | null; agents: number[] }) {
  const [form, setForm] = useState<Form>(() =>
    before && isTask(before.head) ? formOf(before.head, zone) : { ...emptyForm(zone), agents },
  );
  const [id] = useState(() => before?.head.document ?? toHex(crypto.getRandomValues(new Uint8Array(16))));
  const chosen = form.to === "agents" ? form.agents : [];
  const keys = useEach(chosen, keysOf);
  const told = useEach(chosen, policiesOf);
  const work = useWork();
  const change = (part: Partial<Form>) => setForm((last) => ({ ...last, ...part }));
  const unknown = chosen.filter((agent) => !keys.get(agent)).length;
  const lacks = missing(form) || (unknown ? `The keys of ${unknown} agents are not known yet.` : "");
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      const version = (before?.head.version ?? 0) + 1;
      const task = taskOf(form, { deployment, document: id, version, now: serverNow(), keys });
      const payload = toBase64(new TextEncoder().encode(JSON.stringify(task, null, 2)));
      const made = await call("document.draft", { payload });
      go(`/task/${made.document}?version=${made.document_version}`);
    });
  }
  return (
    <form class="composer" onSubmit={submit}>
      <What form={form} change={change} problem={work.problem} />
      <Where form={form} change={change} keys={keys} told={told} />
      <When form={form} change={change} problem={work.problem} />
      <How form={form} change={change} problem={work.problem} />
      <footer class="decision">
        <Problem of={work.problem} />
        <p class="hint">{lacks || "The draft shows the exact bytes, who must sign, and the command that does it."}</p>
        <button class="main" disabled={work.busy || !!lacks}>
          Put it down for signing
        </button>
      </footer>
    </form>
  );
}
