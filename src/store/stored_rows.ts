/** A row that cannot be read: one bad row must not keep the appliance from starting. */
export type SkippedRow = { readonly table: string; readonly row: string; readonly problem: string };
export type ReportSkipped = (skipped: SkippedRow) => void;

/**
 * Reads rows one by one; a row whose `read` throws is reported and left out.
 *
 * @param keyOf names a row in the report
 */
export function readRows<Row, T>(
  rows: readonly Row[],
  { table, keyOf, read }: { table: string; keyOf: (row: Row) => string; read: (row: Row) => T },
  report: ReportSkipped,
): readonly T[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (fault) {
      report({ table, row: keyOf(row), problem: (fault as Error).message });
      return [];
    }
  });
}

/** @throws SyntaxError it is not a value of the kind that was asked for */
export function wanted<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new SyntaxError(`${what} cannot be read`);
  return value;
}

/** A JSON object of ours. Checked for being one; its fields were checked before they were stored. */
export function storedObject<T extends object>(text: string, what: string): T {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SyntaxError(`${what} is not an object`);
  return value as T;
}

/** A JSON array of ours; what is in it was checked before it was stored. @throws SyntaxError it is none */
export function storedArray<T>(text: string, what: string): readonly T[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new SyntaxError(`${what} is not a list`);
  return value;
}

/** @throws SyntaxError it is not a list of strings */
export function storedStrings(text: string, what: string): readonly string[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
    throw new SyntaxError(`${what} is not a list of strings`);
  return value;
}

/** @throws SyntaxError it is none of `values` */
export function storedWord<const T extends string>(text: string, values: readonly T[], what: string): T {
  return wanted(
    values.find((value) => value === text),
    what,
  );
}
