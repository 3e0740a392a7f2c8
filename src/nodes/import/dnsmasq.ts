/**
 * Reservations of dnsmasq: `dhcp-host=` lines of its configuration and of files for dhcp-hostsfile (which are
 * without the keyword). dnsmasq(8), option --dhcp-host. Pure.
 */
import { ImportDraft, shown } from "./import_draft.ts";
import type { ImportResult } from "./import_result.ts";

/** Other files, which are not opened: the reader of a file must not be led to others. */
const ELSEWHERE = new Set([
  "conf-dir",
  "conf-file",
  "dhcp-hostsfile",
  "dhcp-hostsdir",
  "dhcp-optsfile",
  "servers-file",
]);
const LEASE_TIME = /^(?:\d{1,9}[smhdw]?|infinite)$/i;
/** A MAC with a hardware type in front: `1-52:54:00:77:00:01` is Ethernet (IANA's ARP hardware type 1). */
const ETHERNET = /^(?:0?1-)?((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})$/i;
const OTHER_HARDWARE = /^[0-9a-f]{2}-(?:[0-9a-f]{2}:)+[0-9a-f]{2}$/i;
const WILD_MAC = /^(?:[0-9a-f]{2}|\*)(?:[:-](?:[0-9a-f]{2}|\*)){5}$/i;
const MAX_FIELD = 200;
const MAX_FIELDS = 64;

export function readDnsmasq(text: string): ImportResult {
  const draft = new ImportDraft();
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const said = withoutComment(whole);
    if (said === "") continue;
    const [, keyword, value = ""] = /^([a-z][a-z-]{0,30})\s*(?:=\s*(.*))?$/.exec(said.slice(0, 20_000)) ?? [];
    if (keyword === "dhcp-host") readHost(draft, line, value);
    else if (keyword && ELSEWHERE.has(keyword))
      draft.note(line, `${keyword}: what is in ${shown(value)} is not read`, "import those files too");
    else if (keyword === "dhcp-option" || keyword === "dhcp-option-force") noteOption(draft, line, value);
    else if (isBareHost(said)) readHost(draft, line, said);
  }
  return draft.result();
}

/** Options of a tag are some machines' own; those without one belong to the network, not to machines. */
function noteOption(draft: ImportDraft, line: number, value: string): void {
  const [, tag] = /^(?:tag|net):([^,]{1,100}),/.exec(value) ?? [];
  if (tag === undefined) return;
  const group = shown(tag);
  draft.note(line, `options of tag ${group} are not imported`, `give the group ${group} its --dhcp-option`);
}

/** A line of a dhcp-hostsfile, which begins with a MAC or an identifier. */
const isBareHost = (said: string): boolean => {
  const [first = ""] = said.slice(0, MAX_FIELD).split(",");
  return ETHERNET.test(first.trim()) || /^(?:id:|set:)/.test(first);
};

/** A `#` begins a comment at the start and behind a blank, and not inside quotes. */
function withoutComment(line: string): string {
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '"') isQuoted = !isQuoted;
    else if (line[at] === "#" && !isQuoted && (at === 0 || line[at - 1] === " " || line[at - 1] === "\t"))
      return line.slice(0, at).trim();
  }
  return line.trim();
}

type Host = { macs: string[]; groups: string[]; address?: string; name?: string; clientId?: string };

function readHost(draft: ImportDraft, line: number, value: string): void {
  const fields = value
    .replaceAll('"', "")
    .split(",", MAX_FIELDS + 1)
    .map((field) => field.trim());
  if (fields.length > MAX_FIELDS) {
    draft.problem(line, "too many fields", "write one machine a line");
    return;
  }
  if (fields.includes("ignore")) {
    draft.note(line, "a machine that dnsmasq ignores", "it is left out");
    return;
  }
  const host: Host = { macs: [], groups: [] };
  for (const field of fields) if (field !== "" && !readField(draft, { line, field }, host)) return;
  const { macs, name, address, groups, clientId } = host;
  if (macs.length === 0) {
    const known = clientId === undefined ? "its name" : "a client identifier";
    draft.note(
      line,
      `a machine that is known by ${known} only`,
      "it is left out: Brigade knows machines by MAC",
    );
    return;
  }
  draft.add({ line, macs, name, address, groups });
}

/** @returns false when the whole line is given up */
function readField(
  draft: ImportDraft,
  { line, field }: { readonly line: number; readonly field: string },
  host: Host,
): boolean {
  const why = whyLeftOut(field);
  if (why !== undefined) {
    draft.note(line, why, "the line is left out");
    return false;
  }
  const [, mac] = (field.length <= MAX_FIELD && ETHERNET.exec(field)) || [];
  if (mac) host.macs.push(mac);
  else if (field.startsWith("id:")) host.clientId = field;
  else if (field.startsWith("set:")) host.groups.push(field.slice("set:".length));
  else if (field.startsWith("tag:"))
    draft.note(line, `holds only for ${shown(field)}`, "the condition is not imported");
  else if (field.startsWith("[")) draft.note(line, `IPv6 address ${shown(field)}`, "it is not imported");
  else if (/^[\d.]*\.[\d.]*$/.test(field.slice(0, MAX_FIELD))) host.address = field;
  else if (field.length > MAX_FIELD || !LEASE_TIME.test(field)) host.name = field;
  return true;
}

function whyLeftOut(field: string): string | undefined {
  if (field.length > MAX_FIELD || ETHERNET.test(field)) return undefined;
  if (WILD_MAC.test(field)) return `${field} stands for many machines`;
  return OTHER_HARDWARE.test(field) ? `${field} is not of an Ethernet card` : undefined;
}
