/** A document as it would be signed: read out of the very bytes, with what changed, and the hash that others compare. */
import { useEffect, useState } from "preact/hooks";

import { fromBase64, sha256 } from "../bytes";
import { Exactly, Hash } from "../document/bytes";
import { Since } from "../document/changed";
import { pae, readDocument, type Document } from "../document/document";
import { Fact, Facts, When } from "../document/fact";
import { Shown } from "../document/shown";
import { warnings } from "../document/warnings";
import { Plain } from "../parts/plain";
import { refuse, sign, type ToSign } from "./ask";
import { assert, words } from "./passkey";

interface Read {
  document: Document;
  before: Document | null;
}

async function read(of: ToSign): Promise<Read> {
  const document = await readDocument(of.kind, fromBase64(of.payload));
  if (document.sha256 !== of.document_sha256) throw new Error("vedette sign and this page read different documents. Sign nothing.");
  const before = of.before ? await readDocument(of.kind, fromBase64(of.before)) : null;
  return { document, before };
}

export function Review({ of }: { of: ToSign }) {
  const [known, setKnown] = useState<Read | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => void read(of).then(setKnown, (caught: Error) => setProblem(caught.message)), [of]);
  return (
    <>
      <p class="problem" role="alert">
        {problem}
      </p>
      {known && <Paper of={of} {...known} />}
      {known && <Decision of={of} document={known.document} />}
    </>
  );
}

function Paper({ of, document, before }: { of: ToSign } & Read) {
  const { head } = document;
  useEffect(() => {
    window.document.title = `Sign: ${head.title}`;
  }, [head.title]);
  return (
    <article>
      <p class="kind">
        {head.kind}, version {head.version}
      </p>
      <h1>
        <Plain text={head.title} />
      </h1>
      {warnings(document).map((warning) => (
        <p key={warning} class="note">
          {warning}
        </p>
      ))}
      {before && <Since document={document} before={before} />}
      <Shown head={head} runs={of.runs} />
      <section aria-labelledby="what-is-signed">
        <h2 id="what-is-signed">What is signed</h2>
        <Facts>
          <Fact name="Good">
            from <When time={head.not_before} /> to <When time={head.expires} />
          </Fact>
          <Fact name="Document">
            <code>{head.document}</code>
          </Fact>
          <Fact name="Deployment">
            <code>{head.deployment}</code>
          </Fact>
          <Fact name="SHA-256">
            <Hash of={document.sha256} /> <small>the same number in the portal, in the log, and for whoever signs after you</small>
          </Fact>
        </Facts>
        <Exactly of={document} />
      </section>
    </article>
  );
}

type Stage = { is: "open" | "asking" | "refused" } | { is: "signed"; person: string };

function Decision({ of, document }: { of: ToSign; document: Document }) {
  const [stage, setStage] = useState<Stage>({ is: "open" });
  const [problem, setProblem] = useState("");
  async function run(act: () => Promise<Stage>) {
    setProblem("");
    setStage({ is: "asking" });
    try {
      setStage(await act());
    } catch (caught) {
      setProblem(words(caught as Error));
      setStage({ is: "open" });
    }
  }
  const signIt = () =>
    run(async () => {
      const challenge = await sha256(pae(document.kind, document.payload));
      return { is: "signed", ...(await sign(await assert(challenge))) };
    });
  const turnAway = () => run(async () => (await refuse(), { is: "refused" }));
  return (
    <footer class="decision">
      <p class="problem" role="alert">
        {problem}
      </p>
      <p role="status">
        <Standing of={of} stage={stage} />
      </p>
      {(stage.is === "open" || stage.is === "asking") && (
        <div class="actions">
          <button type="button" class="main" disabled={stage.is === "asking"} onClick={() => void signIt()}>
            Sign with a passkey
          </button>
          <button type="button" disabled={stage.is === "asking"} onClick={() => void turnAway()}>
            Do not sign
          </button>
        </div>
      )}
    </footer>
  );
}

function Standing({ of, stage }: { of: ToSign; stage: Stage }) {
  if (stage.is === "refused") return <>Nothing was signed. This page can be closed.</>;
  if (stage.is === "asking") return <>Waiting for the passkey …</>;
  if (stage.is === "signed")
    return (
      <>
        Signed by {stage.person}. The terminal has the signature, and says what comes next. This page can be closed.
      </>
    );
  return (
    <>
      {of.signed && `Signed so far by ${of.signed}. `}
      {of.missing === 1 ? "One signature is needed." : `${of.missing} signatures are needed.`}
    </>
  );
}
