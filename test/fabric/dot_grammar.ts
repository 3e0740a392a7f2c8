/** A reader of the part of Graphviz's language that is written here, strict: what it takes, `dot` takes. */

export type DotStatement = {
  readonly ids: readonly string[];
  readonly attributes: ReadonlyMap<string, string>;
};

/** Quoted strings, words and numbers, signs. @see https://graphviz.org/doc/info/lang.html */
const TOKEN =
  /\s*(?:"((?:[^"\\\n\r]|\\[^\n\r])*)"|([A-Za-z_][A-Za-z_0-9]*|-?\d+(?:\.\d+)?)|(--|[{}[\];,=]))/y;

type Token = { readonly kind: "text" | "word" | "sign"; readonly text: string };

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; source.slice(at).trim() !== ""; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const [, text, word, sign] = TOKEN.exec(source) ?? [];
    if (text !== undefined) tokens.push({ kind: "text", text });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else throw new SyntaxError(`Cannot read ${JSON.stringify(source.slice(at, at + 40))}`);
  }
  return tokens;
}

/** @throws SyntaxError where the text is no undirected graph */
export function readDot(source: string): readonly DotStatement[] {
  const tokens = tokensOf(source);
  const take = (wanted?: string): string => {
    const token = tokens.shift();
    const isRight =
      token &&
      (wanted === undefined ? token.kind !== "sign" : token.text === wanted && token.kind !== "text");
    if (!token || !isRight) throw new SyntaxError(`Wants ${wanted ?? "an identifier"}, found ${token?.text}`);
    return token.text;
  };
  const isNext = (sign: string): boolean => tokens[0]?.kind === "sign" && tokens[0].text === sign;
  take("graph");
  take();
  take("{");
  const statements: DotStatement[] = [];
  while (!isNext("}")) {
    const ids = [take()];
    while (isNext("--")) {
      take("--");
      ids.push(take());
    }
    const attributes = new Map<string, string>();
    take("[");
    while (!isNext("]")) {
      const name = take();
      take("=");
      attributes.set(name, take());
      if (isNext(",")) take(",");
    }
    take("]");
    take(";");
    statements.push({ ids, attributes });
  }
  take("}");
  if (tokens.length > 0) throw new SyntaxError(`Wants the end, found ${tokens[0]?.text}`);
  return statements;
}

/** What a label shows: escapes and entities taken away, lines apart. */
export const labelLines = (label: string): readonly string[] =>
  label
    .split(/(?<=(?<!\\)(?:\\\\)*)\\n/)
    .map((line) => line.replaceAll(/\\(["\\])/g, "$1").replaceAll("&amp;", "&"));

/** What would end a label, start another statement or act in it. */
export const HOSTILE = [
  '"',
  "\\",
  '\\"',
  '"]; x [',
  "\\N",
  "\n",
  "\u0000",
  "&lt;",
  "<b>",
  "//",
  "/*",
  "#",
  "é",
  "\u202e",
  "a",
  " ",
];
