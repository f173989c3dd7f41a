/** Dark or light: what the system says, unless the user chose otherwise on this machine. */
import { Cell } from "./cell";

export type Theme = "dark" | "light";

const KEY = "vedette-theme";

const system = matchMedia("(prefers-color-scheme: light)");

function chosen(): Theme | null {
  const kept = localStorage.getItem(KEY);
  return kept === "dark" || kept === "light" ? kept : null;
}

function current(): Theme {
  return chosen() ?? (system.matches ? "light" : "dark");
}

export const theme = new Cell<Theme>(current());

function show(next: Theme): void {
  document.documentElement.dataset.theme = next;
  theme.set(next);
}

export function switchTheme(): void {
  const next = theme.value === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, next);
  show(next);
}

show(theme.value);
system.addEventListener("change", () => show(current()));
