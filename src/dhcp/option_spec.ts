/**
 * DHCP options as people write them: `ntp-servers=10.0.0.1`, `option-224=hex:01:02`, `option-224=text:abc`. Pure.
 */
import type { OptionKind } from "./option_kinds.ts";
import { NAMED_OPTIONS, type NamedOption, RESERVED_OPTIONS } from "./option_names.ts";

/** One option ready for the wire. `name` is the known name, or `option-NNN`. */
export type DhcpOption = { readonly code: number; readonly name: string; readonly value: Uint8Array };

export type DhcpOptionResult =
  | { readonly ok: true; readonly option: DhcpOption }
  /** `why`: a clause for after a colon, which says what is wanted. */
  | { readonly ok: false; readonly why: string };

/** Longer text is not read at all. */
export const MAX_OPTION_TEXT = 2048;
/** What goes into one piece on the wire: some firmware does not join pieces (RFC 3396). */
const MAX_VALUE_BYTES = 255;
const RAW = /^option-(\d{1,3})$/;
const HEX = /^[0-9a-f]{2}(?::?[0-9a-f]{2})*$/i;
const PRINTABLE = /^[\x20-\x7e]+$/;

const BY_NAME: ReadonlyMap<string, NamedOption> = new Map(
  NAMED_OPTIONS.flatMap((option) => [option.name, ...(option.aliases ?? [])].map((name) => [name, option])),
);
const BY_CODE: ReadonlyMap<number, NamedOption> = new Map(
  NAMED_OPTIONS.map((option) => [option.code, option]),
);

/**
 * Reads `NAME=VALUE`, where NAME is in {@link NAMED_OPTIONS} or `option-NNN` (value in hex or text then).
 *
 * @returns the option, or why it cannot be one. Never throws.
 */
export function parseDhcpOption(text: string): DhcpOptionResult {
  if (text.length > MAX_OPTION_TEXT) return refused(`wants at most ${MAX_OPTION_TEXT} characters`);
  const at = text.indexOf("=");
  if (at < 1) return refused('wants NAME=VALUE, such as "ntp-servers=10.0.0.1"');
  const name = text.slice(0, at).trim().toLowerCase();
  const value = text.slice(at + 1).trim();
  const raw = RAW.exec(name);
  if (raw) return rawOption(Number(raw[1]), value);
  const known = BY_NAME.get(name);
  if (!known) return refused('the name is not known; any option can be said as "option-NUMBER=hex:01:02"');
  const bytes = known.kind.write(value);
  return bytes
    ? sized({ code: known.code, name: known.name, value: bytes })
    : refused(`wants ${known.kind.wanted}`);
}

/** As {@link parseDhcpOption} reads it again. */
export function describeDhcpOption({ code, value }: Pick<DhcpOption, "code" | "value">): string {
  const known = BY_CODE.get(code);
  const text = known && wordsFor(known.kind, value);
  return text !== undefined
    ? `${known?.name}=${text}`
    : `option-${code}=hex:${Buffer.from(value)
        .toString("hex")
        .replaceAll(/..(?=.)/g, "$&:")}`;
}

/** Imported bytes may be what nobody can write: routes with host bits, text with a blank at its end. */
function wordsFor(kind: OptionKind, value: Uint8Array): string | undefined {
  const text = kind.read(value);
  const again = text === undefined ? undefined : kind.write(text.trim());
  return again && Buffer.compare(again, value) === 0 ? text : undefined;
}

/** One option a code: of two with the same code the later one wins. */
export function mergeDhcpOptions(...lists: readonly (readonly DhcpOption[])[]): readonly DhcpOption[] {
  return [...new Map(lists.flat().map((option) => [option.code, option])).values()];
}

function rawOption(code: number, text: string): DhcpOptionResult {
  if (code > 255) return refused("wants a number from 1 to 254");
  const value = rawValue(text);
  if (!value) return refused('wants "hex:01:02:…" or "text:…" as the value of a numbered option');
  return sized({ code, name: BY_CODE.get(code)?.name ?? `option-${code}`, value });
}

function rawValue(text: string): Uint8Array | undefined {
  const [form, rest] = [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)];
  if (form === "text" && PRINTABLE.test(rest)) return Uint8Array.from(Buffer.from(rest, "latin1"));
  if (form === "hex" && HEX.test(rest)) return Uint8Array.from(Buffer.from(rest.replaceAll(":", ""), "hex"));
  return undefined;
}

function sized(option: DhcpOption): DhcpOptionResult {
  const reserved = RESERVED_OPTIONS.get(option.code);
  if (reserved !== undefined) return refused(`option ${option.code} cannot be set: ${reserved}`);
  if (option.value.length > MAX_VALUE_BYTES)
    return refused(`wants at most ${MAX_VALUE_BYTES} bytes, these are ${option.value.length}`);
  return { ok: true, option };
}

const refused = (why: string): DhcpOptionResult => ({ ok: false, why });
