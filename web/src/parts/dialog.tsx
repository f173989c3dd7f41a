/** A modal dialog: the browser's own, which keeps the focus inside and returns it. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import { Icon } from "./icons";
import { Plain } from "./plain";

interface Props {
  title: string;
  close: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, close, children }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => box.current!.showModal(), []);
  return (
    <dialog ref={box} aria-labelledby={id} onClose={close}>
      <header>
        <h2 id={id}>
          <Plain text={title} />
        </h2>
        <button type="button" class="bare" aria-label="Close" onClick={() => box.current!.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
