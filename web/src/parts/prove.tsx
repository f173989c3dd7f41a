/** Asks for the key again, above whatever wants it: that goes on by itself once the key is proven. */
import { useEffect, useRef, useState } from "preact/hooks";

import { call } from "../call";
import { useCell } from "../cell";
import { keyWanted } from "../key";
import { CodeField, digits } from "./code";
import { Dialog } from "./dialog";
import { Problem, useWork } from "./form";

export function ProveKey() {
  const settle = useCell(keyWanted);
  return settle && <Prove settle={settle} />;
}

function Prove({ settle }: { settle: (proven: boolean) => void }) {
  const work = useWork();
  const proven = useRef(false);
  const [otp, setOtp] = useState("");
  useEffect(() => () => settle(false), [settle]); // the session has ended, and the page with it
  function submit(event: SubmitEvent) {
    event.preventDefault();
    const box = (event.currentTarget as HTMLFormElement).closest("dialog")!;
    void work.run(async () => {
      try {
        await call("session.prove", { otp: digits(otp) });
        proven.current = true;
        box.close(); // so that the browser puts the focus back
      } catch (problem) {
        setOtp(""); // a code is good once
        throw problem;
      }
    });
  }
  return (
    <Dialog title="Is it still you?" close={() => settle(proven.current)}>
      <form onSubmit={submit}>
        <p>What you asked for wants your key again, because some time has passed since you proved it. Then it goes on by itself.</p>
        <CodeField value={otp} change={setOtp} problem={work.problem} autofocus />
        <Problem of={work.problem} />
        <button class="main" disabled={work.busy}>
          {work.busy ? "Checking …" : "Go on"}
        </button>
      </form>
    </Dialog>
  );
}
