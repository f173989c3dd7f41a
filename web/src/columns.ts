/** Answers with rows come column by column. */

type Columns<R> = { [K in keyof R as NonNullable<R[K]> extends unknown[] ? K : never]-?: NonNullable<R[K]> };

/** One row of an answer. */
export type RowOf<R> = { [K in keyof Columns<R>]: Columns<R>[K] extends (infer T)[] ? T : never };

/** The rows; `by` is a column that every row has. */
export function rowsOf<R extends object>(reply: R, by: keyof Columns<R>): RowOf<R>[] {
  const columns = Object.entries(reply).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const count = (reply[by as keyof R] as unknown[]).length;
  return Array.from({ length: count }, (_, i) => Object.fromEntries(columns.map(([name, column]) => [name, column[i]])) as RowOf<R>);
}
