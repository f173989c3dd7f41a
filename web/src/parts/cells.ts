/** A field of buttons of which one is in the tab order: the arrow keys walk it, whatever the width that it wraps at. */
export function walk(event: KeyboardEvent): void {
  const cells = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
  const here = cells.indexOf(document.activeElement as HTMLButtonElement);
  const row = Math.max(1, cells.findIndex((cell) => cell.offsetTop > cells[0]!.offsetTop));
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -here, End: cells.length };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  cells[Math.min(cells.length - 1, Math.max(0, here + step))]!.focus();
}
