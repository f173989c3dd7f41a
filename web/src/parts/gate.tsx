/** The page before one is inside: login and one-time links. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import { Mark } from "./mark";

export function Gate({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Vedette`;
  }, [title]);
  return (
    <div class="gate">
      <header>
        <Mark />
        <span class="wordmark">Vedette</span>
      </header>
      <main>
        <h1>{title}</h1>
        {children}
      </main>
      <footer>{location.host}</footer>
    </div>
  );
}
