/** The composer: puts a document together as a draft. Nothing is signed here, and nothing is done by what is done here. */
import { useState } from "preact/hooks";

import { toBase64, toHex } from "../bytes";
import { call } from "../call";
import { serverNow } from "../clock";
import { readEnvelope, type Document, type Head } from "../document/document";
import { Page } from "../frame";
import { Problem, useWork } from "../parts/form";
import { useLoaded } from "../parts/loaded";
import { documentPath, go } from "../route";
import type { Composer } from "./composer";
import { useKeys, useTold } from "./each";
import type { Form } from "./form";
import { refusing } from "./permits";
import { planComposer } from "./plan/composer";
import { namesKeyService, restoreComposer } from "./restore/composer";
import { taskComposer } from "./task/composer";
import { Where } from "./where";

const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Begun {
  deployment: string;
  before: Document | null;
}

/** By whom: of several kinds, so their forms differ. */
type By = Composer<any, any>;

async function composerOf(kind: string, words: URLSearchParams, trust: Head): Promise<By> {
  if (kind === "restore") return restoreComposer(words, namesKeyService(trust));
  return kind === planComposer.kind ? planComposer : taskComposer;
}

/** What a new document needs to know: whose deployment it is, and the version before, if there is one. */
async function begin(kind: string, query: string): Promise<Begun & { by: By }> {
  const words = new URLSearchParams(query);
  const from = words.get("from");
  const trust = await call("trust.get", {});
  const newest = trust.dsse[trust.dsse.length - 1];
  if (!newest) throw new Error("There is no trust file yet, so nothing can be signed: `vedette trust init` makes it, off the server.");
  const { head } = await readEnvelope(newest);
  const before = from ? await readEnvelope((await call("document.get", { document: from })).dsse) : null;
  return { deployment: head.deployment, before, by: await composerOf(before?.head.kind ?? kind, words, head) };
}

/** kind: of a new one; `?from=` makes a new version of a document, `?agents=` begins with some chosen. */
export function ComposePage({ kind, query }: { kind: string; query: string }) {
  const { data, problem } = useLoaded(() => begin(kind, query), [kind, query]);
  const agents = (new URLSearchParams(query).get("agents") ?? "").split(",").map(Number).filter(Boolean);
  const title = !data ? "New document" : data.before ? `New version of ${data.before.head.title}` : `New ${data.by.name}`;
  return (
    <Page title={title}>
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

function Compose<F extends Form, D extends Head>({ by, deployment, before, agents }: Begun & { by: Composer<F, D>; agents: number[] }) {
  const [form, setForm] = useState<F>(() => (before ? by.again(before.head as D, zone) : { ...by.empty(zone), ...(agents.length && { agents }) }));
  const [id] = useState(() => before?.head.document ?? toHex(crypto.getRandomValues(new Uint8Array(16))));
  const chosen = form.to === "agents" ? form.agents : [];
  const wanted = [...new Set([...chosen, ...(by.also?.(form) ?? [])])].filter(Boolean);
  const keys = useKeys(wanted);
  const told = useTold(chosen);
  const work = useWork();
  const change = (part: Partial<F>) => setForm((last) => ({ ...last, ...part }));
  const unknown = wanted.filter((agent) => !keys.get(agent)).length;
  const lacks = by.lacks(form) || (unknown ? `The ${unknown === 1 ? "key of one agent is" : `keys of ${unknown} agents are`} not known yet.` : "");
  const refused = refusing(chosen, told, (policy, frozen, targets) => by.refusals(form, policy, frozen, targets));
  function submit(event: Event) {
    event.preventDefault();
    void work.run(async () => {
      const version = (before?.head.version ?? 0) + 1;
      const made = by.make(form, { deployment, document: id, version, now: serverNow(), keys });
      const payload = toBase64(new TextEncoder().encode(JSON.stringify(made, null, 2)));
      const draft = await call("document.draft", { payload });
      go(documentPath(by.kind, draft.document, draft.document_version));
    });
  }
  const where = <Where form={form} change={change as (part: Partial<Form>) => void} keys={keys} refusing={refused} one={by.one} />;
  return (
    <form class="composer" onSubmit={submit}>
      <by.Fields form={form} change={change} problem={work.problem} where={where} told={told} />
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
