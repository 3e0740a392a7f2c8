/**
 * iPXE scripts as data, and the only place where they become text.
 *
 * A word that comes from elsewhere is checked to be inert; settings (`${platform}`) are words of a
 * kind of their own, so no text of a user, a node or a packet can become one.
 * Language: https://ipxe.org/scripting. Pure.
 */
import { isInertToken } from "#src/value/ipxe_token.ts";

/** Text, or settings of iPXE inside text: `["http://…/", { setting: "mac:hexhyp" }, ".ipxe"]`. */
export type Word = string | readonly (string | { readonly setting: string })[];

export type Line =
  | { readonly kind: "label"; readonly name: string }
  /** `command || goto LABEL`: where to go on when it fails; without it a failure ends the script. */
  | {
      readonly kind: "command";
      readonly words: readonly Word[];
      readonly orGoto?: string;
      readonly thenGoto?: string;
    };

/** @throws RangeError when a word is not one inert token: requests are checked on the way in, so this is our bug. */
export const renderLines = (lines: readonly Line[]): string =>
  ["#!ipxe", ...lines.map(renderLine), ""].join("\n");

function renderLine(line: Line): string {
  if (line.kind === "label") return `:${checked(line.name)}`;
  const command = line.words.map(renderWord).join(" ");
  const then = line.thenGoto ? ` && goto ${checked(line.thenGoto)}` : "";
  const or = line.orGoto ? ` || goto ${checked(line.orGoto)}` : "";
  return `${command}${then}${or}`;
}

function renderWord(word: Word): string {
  if (typeof word === "string") return checked(word);
  return word
    .map((part) => (typeof part === "string" ? checked(part) : `\${${checkedSetting(part.setting)}}`))
    .join("");
}

function checked(word: string): string {
  if (!isInertToken(word)) throw new RangeError(`Cannot put ${JSON.stringify(word)} into an iPXE script`);
  return word;
}

function checkedSetting(name: string): string {
  if (!/^[A-Za-z0-9/:._-]+$/.test(name))
    throw new RangeError(`Cannot use ${JSON.stringify(name)} as an iPXE setting`);
  return name;
}

export const label = (name: string): Line => ({ kind: "label", name });

export const command = (...words: readonly Word[]): Line => ({ kind: "command", words });

/** A line on the node's screen. Whatever the text is, it comes out as harmless words. */
export const say = (text: string): Line => command("echo", ...inertWords(text));

/** Words of any text, made harmless for a screen: control and non-ASCII characters as `?`, expansions and separators defused. */
export function inertWords(text: string): readonly string[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => word.replaceAll(/[^\x21-\x7e]/g, "?").replaceAll("$" + "{", "$("))
    .map((word) => (isInertToken(word) ? word : `'${word}'`));
}
