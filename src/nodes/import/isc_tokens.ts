/** dhcpd.conf cut into words, strings, braces and semicolons. dhcpd.conf(5). Pure. */

export type IscToken = {
  readonly line: number;
  readonly kind: "word" | "string" | "{" | "}" | ";" | ",";
  readonly text: string;
};

const STOPS = new Set([" ", "\t", "\n", "\r", "{", "}", ";", ",", '"', "#"]);
const MARKS = ["{", "}", ";", ","] as const;

/** One after the other; a string that is not closed ends with the file. */
export function* iscTokens(text: string): Generator<IscToken> {
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const { end, ...token } = pieceAt(text, at);
    if (token.kind) yield { line, kind: token.kind, text: token.text };
    for (; at < end && at < text.length; at++) if (text[at] === "\n") line++;
  }
}

type Piece = { readonly end: number; readonly kind?: IscToken["kind"]; readonly text: string };

/** The comment, string, mark, blank or word that begins here. */
function pieceAt(text: string, at: number): Piece {
  const char = text[at] ?? "";
  if (char === "#") return { end: endOf(text, at, "\n"), text: "" };
  if (char === '"') {
    const end = stringEnd(text, at + 1);
    return { end: end + 1, kind: "string", text: text.slice(at + 1, end).replaceAll(/\\(.)/g, "$1") };
  }
  const mark = MARKS.find((one) => one === char);
  if (mark) return { end: at + 1, kind: mark, text: mark };
  if (STOPS.has(char)) return { end: at + 1, text: "" };
  let end = at;
  while (end < text.length && !STOPS.has(text[end] ?? "")) end++;
  return { end, kind: "word", text: text.slice(at, end) };
}

function endOf(text: string, from: number, stop: string): number {
  const found = text.indexOf(stop, from);
  return found < 0 ? text.length : found;
}

function stringEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return Math.min(at, text.length);
}
