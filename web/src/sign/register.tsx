/** Make a passkey that signs documents, and sign once with it as a test. Its public half goes into the trust file. */
import { useEffect, useState } from "preact/hooks";

import { fromBase64 } from "../bytes";
import { register, type ToRegister } from "./ask";
import { assert, make, words } from "./passkey";

type Made = Awaited<ReturnType<typeof make>>;

export function Register({ of }: { of: ToRegister }) {
  const [made, setMade] = useState<Made | null>(null);
  const [works, setWorks] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    document.title = `A passkey for ${of.name}`;
  }, [of.name]);
  async function run(act: () => Promise<void>) {
    setBusy(true);
    setProblem("");
    await act().catch((caught: Error) => setProblem(words(caught)));
    setBusy(false);
  }
  const begin = () => run(async () => setMade(await make(of.name)));
  const test = (key: Made) =>
    run(async () => {
      await register(key.public_key, await assert(fromBase64(of.challenge), key.id));
      setWorks(true);
    });
  return (
    <article>
      <h1>A passkey for {of.name}</h1>
      <p>
        It signs documents that agents carry out, and nothing else: it is no way to log in anywhere. It stays on this machine or security
        key; only its public half leaves it.
      </p>
      <ol class="steps">
        <li class={made ? "done" : "now"}>Make it: the browser asks where to keep it, and for your PIN, finger or face.</li>
        <li class={works ? "done" : made ? "now" : ""}>Sign a test with it.</li>
        <li class={works ? "now" : ""}>Give its public half to whoever keeps the trust file.</li>
      </ol>
      <p class="problem" role="alert">
        {problem}
      </p>
      {!made && (
        <button type="button" class="main" disabled={busy} onClick={() => void begin()}>
          Make a passkey
        </button>
      )}
      {made && !works && (
        <button type="button" class="main" disabled={busy} onClick={() => void test(made)}>
          Sign a test
        </button>
      )}
      {works && <p role="status">It works. Go on in the terminal; this page can be closed.</p>}
    </article>
  );
}
