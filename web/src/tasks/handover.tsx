/** A draft, and how it gets its signatures: elsewhere, where this portal has no say in what is shown. */
import type { DocumentGetReply } from "contract";

import { CopyText } from "../parts/copy";
import { isForMe, people } from "./waiting";

export function Handover({ of }: { of: DocumentGetReply }) {
  const missing = of.threshold - of.signatures;
  const may = people(of.may_sign);
  const server = `--url ${location.origin} --ca ca.pem --token-file token`;
  const command = `vedette ${server} sign draft ${of.document} --browser`;
  return (
    <section class="panel" aria-labelledby="signatures">
      <header>
        <h2 id="signatures">Signatures</h2>
      </header>
      <p role="status">
        {of.signatures} of {of.threshold} {of.threshold === 1 ? "signature" : "signatures"}
        {of.signers && `: ${of.signers}`}.{" "}
        {missing > 0 && (may.length ? `${missing === 1 ? "One" : missing} of these must still sign: ${may.join(", ")}.` : "Nobody is left who may sign.")}
        {isForMe(of) && <span class="pill">for you</span>}
      </p>
      {missing > 0 && (
        <>
          <p>
            Run this on your own machine. It fetches the draft, shows exactly what would be signed, and brings the signature back. Compare its
            SHA-256 with the one here.
          </p>
          <CopyText text={command} label="Command that signs the draft" />
          <p class="hint">
            <code>--key FILE</code> instead of <code>--browser</code> signs in the terminal, with a key file or an SSH key. Send the address of
            this page to whoever signs after you.
          </p>
        </>
      )}
    </section>
  );
}
