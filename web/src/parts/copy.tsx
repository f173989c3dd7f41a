/** Text to take elsewhere, with a button that copies it. */
import { useState } from "preact/hooks";

import { Icon } from "./icons";
import { Plain } from "./plain";

/** copies: what is copied, where that is not what is shown. */
export function CopyText({ text, copies = text, label }: { text: string; copies?: string; label: string }) {
  const [said, setSaid] = useState("");
  async function copy() {
    try {
      await navigator.clipboard.writeText(copies);
      setSaid("Copied");
    } catch {
      setSaid("Not allowed here: select the text and copy it");
    }
    setTimeout(() => setSaid(""), 3000);
  }
  return (
    <div class="copy">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>
          <Plain text={text} />
        </code>
      </pre>
      <button type="button" onClick={copy}>
        <Icon name={said === "Copied" ? "done" : "copy"} />
        <span role="status">{said || "Copy"}</span>
      </button>
    </div>
  );
}
