/** Lines of CSV (RFC 4180) that a spreadsheet shows and does not run. Pure. */

export type CsvValue = string | number | boolean | undefined;

/** A cell that begins so is a formula to a spreadsheet; in front of it an apostrophe makes it text. */
const FORMULA = /^[=+\-@\t\r\n]/;

/** With its line end. Numbers stay numbers; of text nothing is lost but what would be run. */
export const csvLine = (values: readonly CsvValue[]): string => `${values.map(cell).join(",")}\r\n`;

function cell(value: CsvValue): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value.trimStart()) || FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A head and its rows. */
export const csv = (head: readonly string[], rows: readonly (readonly CsvValue[])[]): string =>
  [head, ...rows].map(csvLine).join("");
