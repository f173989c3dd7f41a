/** Values of watches come in thousandths of their kind's unit. */
import { watchRows } from "contract";

export type Kind = keyof typeof watchRows;

/** "97.3 %", "12 ms". */
export function valueText(thousandths: number | null | undefined, kind: Kind): string {
  if (thousandths == null) return "–";
  const { unit } = watchRows[kind];
  const value = thousandths / 1000;
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 1 ? 1 : 3;
  return `${value.toFixed(digits)}${unit && unit !== "count" ? ` ${unit}` : ""}`;
}
