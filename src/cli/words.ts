/**
 * Splits a command line into words as a shell would: blanks separate, single
 * and double quotes and the backslash keep. No variables, no globs. Pure.
 *
 * @returns `undefined` when a quote is not closed
 */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const word = /^(?:[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/.exec(rest)?.[0];
    if (word === undefined) return undefined;
    words.push(unquote(word));
    const after = rest.slice(word.length);
    // A quote that is never closed stops the word in its midst.
    if (after !== "" && !/^\s/.test(after)) return undefined;
    rest = after.trimStart();
  }
  return words;
}

const unquote = (word: string): string =>
  word.replace(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, (_, single, double, escaped) =>
    typeof double === "string" ? double.replace(/\\([\s\S])/g, "$1") : (single ?? escaped),
  );
