/** The one search field of a page: the key / leads to it from anywhere. */
import { useEffect, useRef } from "preact/hooks";

import { Icon } from "./icons";

interface Props {
  label: string; // what is searched
  placeholder: string;
  value: string;
  change: (value: string) => void;
  maxLength?: number;
}

export function SearchField({ label, placeholder, value, change, maxLength }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focusSearch = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input, select, textarea, dialog");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      box.current?.focus();
    };
    addEventListener("keydown", focusSearch);
    return () => removeEventListener("keydown", focusSearch);
  }, []);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={box}
        type="search"
        aria-label={label}
        placeholder={`${placeholder}   /`}
        maxLength={maxLength}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}
