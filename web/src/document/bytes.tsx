/** Exactly the bytes that a signature is for, and their hash. */
import { PlainBox } from "../parts/plain";
import { payloadType, type Document } from "./document";

export function Exactly({ of }: { of: Document }) {
  return (
    <details class="exactly">
      <summary>Exactly the {of.payload.length} bytes that are signed</summary>
      <p class="hint">
        As a document of type <code>{payloadType(of.kind)}</code>
      </p>
      <PlainBox text={of.text} label="Bytes that are signed" />
    </details>
  );
}

/** In groups, for two people who compare it. */
export function Hash({ of }: { of: string }) {
  return <code class="hash">{of.match(/.{8}/g)!.join(" ")}</code>;
}
