/**
 * Host reservations of Kea's DHCPv4 server: in `Dhcp4`, its shared networks and their subnets.
 * Kea Administrator Reference Manual, "Host Reservations in DHCPv4". Pure.
 */
import { ImportDraft, shown } from "./import_draft.ts";
import type { ImportResult } from "./import_result.ts";
import { type Located, readLocatedJson } from "./located_json.ts";

/** What Kea knows a host by, besides its MAC. */
const OTHER_KEYS = ["client-id", "duid", "circuit-id", "flex-id"] as const;

/** What of a reservation is taken, and what says nothing about a machine. */
const READ_KEYS: ReadonlySet<string> = new Set([
  ...["hw-address", "ip-address", "hostname", "user-context", "comment"],
  ...OTHER_KEYS,
]);

export function readKea(text: string): ImportResult {
  const draft = new ImportDraft();
  noteIncludes(draft, text);
  const read = readLocatedJson(text);
  if (!read.ok) {
    draft.problem(read.line, read.what, "mend the file; kea-dhcp4 -t FILE checks it");
    return draft.result();
  }
  const server = field(read.value, "Dhcp4") ?? read.value;
  if (server.kind !== "object" || (!server.fields.has("reservations") && networksOf(server).length === 0))
    draft.problem(
      read.value.line,
      "no Dhcp4 with subnets or reservations",
      "name the configuration of kea-dhcp4",
    );
  for (const network of [server, ...networksOf(server)])
    for (const host of listIn(network, "reservations")) readReservation(draft, host);
  return draft.result();
}

/** Subnets, and shared networks with theirs. */
function networksOf(server: Located): readonly Located[] {
  const shared = listIn(server, "shared-networks");
  return [server, ...shared].flatMap((one) => [...(one === server ? [] : [one]), ...listIn(one, "subnet4")]);
}

function noteIncludes(draft: ImportDraft, text: string): void {
  for (const [index, line] of text.split("\n").entries())
    if (line.trimStart().startsWith("<?include"))
      draft.note(index + 1, `what is in ${shown(line.trim())} is not read`, "import that file too");
}

function readReservation(draft: ImportDraft, host: Located): void {
  const { line } = host;
  if (host.kind !== "object") {
    draft.problem(line, "a reservation that is no object", "write { … }");
    return;
  }
  const mac = textIn(host, "hw-address");
  if (mac === undefined) {
    const key = OTHER_KEYS.find((one) => host.fields.has(one));
    draft.note(
      line,
      key ? `a reservation by ${key} only` : "a reservation without hw-address",
      "it is left out: Brigade knows machines by MAC",
    );
    return;
  }
  for (const [key, value] of host.fields) if (!READ_KEYS.has(key)) noteUnread(draft, key, value);
  draft.add({
    line,
    macs: [mac],
    name: textIn(host, "hostname") || undefined,
    address: textIn(host, "ip-address"),
  });
}

/** An empty list, as Kea itself writes them, leaves nothing out. */
function noteUnread(draft: ImportDraft, key: string, value: Located): void {
  const isEmpty = (value.kind === "list" && value.items.length === 0) || textOf(value) === "";
  if (!isEmpty)
    draft.note(
      value.line,
      `${shown(key)} is not imported`,
      "give the node its --dhcp-option where it is needed",
    );
}

const field = (value: Located, name: string): Located | undefined =>
  value.kind === "object" ? value.fields.get(name) : undefined;

function listIn(value: Located, name: string): readonly Located[] {
  const found = field(value, name);
  return found?.kind === "list" ? found.items : [];
}

function textIn(value: Located, name: string): string | undefined {
  const found = field(value, name);
  return found && textOf(found);
}

const textOf = (value: Located): string | undefined =>
  value.kind === "text" || value.kind === "word" ? value.text : undefined;
