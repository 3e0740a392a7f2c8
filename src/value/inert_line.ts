/** Control characters, bidirectional overrides and line separators: they act on terminals and split lines. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** @returns `text` on one line that does nothing to a terminal, whatever a stranger put into it. */
export const inertLine = (text: string): string =>
  text.replaceAll(
    UNPRINTABLE,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
