/** "Prove it": what this browser found out about an entry by itself, step by step. */
import { useEffect, useState } from "preact/hooks";

import { call } from "../call";
import { moment } from "../clock";
import { Icon } from "../parts/icons";
import { save } from "../parts/save";
import { may, type Session } from "../session";
import { idOf, type Entry } from "./entry";
import { prove, type Outcome, type Proof, type Step } from "./proof/prove";
import { opens } from "./proof/sealed";
import { forgetSeen, keepSeen, recallSeen, type Seen } from "./proof/seen";
import { portalSource } from "./source";

const SIGNS: Record<Outcome, string> = { good: "✓", bad: "✗", unsure: "?", none: "–" };
const SIGN_WORDS: Record<Outcome, string> = { good: "holds", bad: "does not hold", unsure: "could not be checked", none: "nothing to check" };

/** Witnesses are known to auditors; others are told that they cannot judge cosignatures. */
async function witnessesFor(who: Session) {
  if (!may(who, "auditor")) return { witnesses: null, quorum: 0 };
  const { vkey, quorum } = await call("witness.list", {});
  return { witnesses: vkey, quorum };
}

/** The bytes that are in the log: what is personal is sealed there. */
async function storedAs(entry: Entry, tell: (step: Step) => void): Promise<string> {
  const { leaf } = await call("log.entry", { class: entry.class, sequence: entry.sequence });
  if (!leaf) return entry.raw;
  const same = opens(leaf, entry.raw);
  tell({
    name: "Sealed",
    outcome: same ? "unsure" : "bad",
    words: same
      ? "Personal fields are sealed in the log. What is proven is the sealed entry; how they read here, only the server can say. All else is as shown."
      : "What is shown is another entry than the sealed one in the log.",
  });
  return same ? leaf : entry.raw;
}

async function proveEntry(who: Session, entry: Entry, tell: (step: Step) => void): Promise<Proof> {
  const stored = await storedAs(entry, tell);
  const asked = {
    ...(await witnessesFor(who)),
    log: entry.class,
    index: entry.sequence,
    shown: new TextEncoder().encode(stored),
    sealed: stored !== entry.raw,
    bundles: may(who, "auditor") && !who.tenant,
    seen: recallSeen(entry.class),
  };
  const proof = await prove(portalSource(entry.class), asked, tell);
  if (proof.keep) keepSeen(entry.class, proof.keep);
  return proof;
}

export function Prove({ who, entry }: { who: Session; entry: Entry }) {
  const [steps, setSteps] = useState<Step[] | null>(null);
  const [proof, setProof] = useState<Proof | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    setSteps(null);
    setProof(null);
    setProblem("");
  }, [entry.raw]);
  async function run() {
    setProof(null);
    setProblem("");
    setSteps([]);
    try {
      setProof(await proveEntry(who, entry, (step) => setSteps((last) => [...(last ?? []), step])));
    } catch (caught) {
      setProblem((caught as Error).message);
    }
  }
  const busy = steps !== null && !proof && !problem;
  return (
    <section class={`proof ${proof ? `outcome-${proof.outcome}` : ""}`} aria-labelledby="proof">
      <header>
        <h3 id="proof">Proof</h3>
        <button type="button" class={proof ? "" : "main"} disabled={busy || !entry.raw} onClick={() => void run()}>
          {proof ? "Prove it again" : "Prove it"}
        </button>
      </header>
      {!steps && <p class="hint">Checks here, in this browser, that the entry stands in the signed log. The server’s word is not taken.</p>}
      <div role="status">
        {problem && <p class="problem">{problem}</p>}
        {proof && <p class="verdict">{proof.verdict}</p>}
      </div>
      {proof?.fork && <Fork log={entry.class} fork={proof.fork} />}
      {steps && (
        <ol class="steps">
          {steps.map((step, i) => (
            <li key={i} class={`outcome-${step.outcome}`}>
              <span class="sign" aria-hidden="true">
                {SIGNS[step.outcome]}
              </span>
              <b>{step.name}</b>
              <span class="hidden"> {SIGN_WORDS[step.outcome]}: </span>
              <span>{step.words}</span>
            </li>
          ))}
        </ol>
      )}
      {proof && proof.limits.length > 0 && (
        <div class="limits-of">
          <b>Not proven</b>
          <ul>
            {proof.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
        </div>
      )}
      {proof?.receipt && (
        <div class="actions">
          <button type="button" onClick={() => save(`${idOf(entry)}.receipt`, proof.receipt!)}>
            <Icon name="down" />
            Save the receipt
          </button>
        </div>
      )}
    </section>
  );
}

/** Two checkpoints of one log that do not go together: whoever has both can show it. */
function Fork({ log, fork }: { log: string; fork: { seen: Seen; now: Seen } }) {
  const [forgotten, setForgotten] = useState(false);
  return (
    <div class="fork" role="alert">
      <p>
        <b>Keep both checkpoints, and show them to an auditor.</b> Each is signed by the key that stands beside it; nobody without that key can
        have made them. Ask why before you trust this log again.
      </p>
      <div class="actions">
        {Object.entries({ seen: fork.seen, now: fork.now }).map(([which, one]) => (
          <button key={which} type="button" onClick={() => save(`${log}-${which}.checkpoint`, `${one.checkpoint}\n${one.vkey}\n`)}>
            <Icon name="down" />
            {which === "seen" ? `Seen ${moment(one.at)}` : "Shown now"}
          </button>
        ))}
        <button type="button" class="grave" disabled={forgotten} onClick={() => (forgetSeen(log), setForgotten(true))}>
          {forgotten ? "Forgotten" : "Forget what was seen"}
        </button>
      </div>
    </div>
  );
}
