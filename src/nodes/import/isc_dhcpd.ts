/**
 * Reservations of ISC dhcpd: `host` declarations wherever they stand (top level, group, subnet, shared-network,
 * pool, class). dhcpd.conf(5), "host statement". Pure.
 */
import { ImportDraft, shown } from "./import_draft.ts";
import { type ImportResult, MAX_IMPORT_DEPTH } from "./import_result.ts";
import { type IscToken, iscTokens } from "./isc_tokens.ts";

type Host = {
  readonly line: number;
  readonly name: string;
  readonly depth: number;
  readonly macs: string[];
  address?: string;
  hostName?: string;
  clientId?: boolean;
  /** Says that it is no machine of Ethernet, or is deleted. */
  leftOut?: string;
};

type State = {
  readonly draft: ImportDraft;
  depth: number;
  host: Host | undefined;
  /** What was read since the last semicolon or brace. */
  statement: IscToken[];
};

const MAX_STATEMENT_WORDS = 64;

export function readIscDhcpd(text: string): ImportResult {
  const state: State = { draft: new ImportDraft(), depth: 0, host: undefined, statement: [] };
  const { draft } = state;
  let line = 1;
  for (const token of iscTokens(text)) {
    line = token.line;
    take(state, token);
    if (state.depth > MAX_IMPORT_DEPTH) {
      draft.problem(line, `more than ${MAX_IMPORT_DEPTH} braces in each other`, "check the braces");
      return draft.result();
    }
  }
  unfinished(state);
  if (state.depth > 0)
    draft.problem(line, `the file ends with ${state.depth} braces open`, "check the braces");
  return draft.result();
}

function take(state: State, token: IscToken): void {
  switch (token.kind) {
    case "{":
      open(state, token.line);
      break;
    case "}":
      unfinished(state);
      close(state, token.line);
      break;
    case ";":
      readStatement(state);
      break;
    default:
      if (state.statement.length < MAX_STATEMENT_WORDS) state.statement.push(token);
      return;
  }
  state.statement = [];
}

function unfinished({ draft, statement: [first] }: State): void {
  if (first) draft.problem(first.line, `no semicolon after ${shown(first.text)}`, "write one");
}

function open(state: State, line: number): void {
  const [keyword, name] = state.statement;
  state.depth++;
  if (keyword?.text !== "host" || state.host) return;
  if (!name) state.draft.problem(line, "a host without a name", "write one");
  state.host = { line: keyword.line, name: name?.text ?? "", depth: state.depth, macs: [] };
}

function close(state: State, line: number): void {
  if (state.depth === 0) {
    state.draft.problem(line, "a closing brace too many", "check the braces");
    return;
  }
  const { host } = state;
  if (host?.depth === state.depth) {
    state.host = undefined;
    finish(state.draft, host);
  }
  state.depth--;
}

function finish(draft: ImportDraft, host: Host): void {
  const { line, name, macs, address, hostName, clientId, leftOut } = host;
  if (leftOut !== undefined) {
    draft.note(line, `host ${shown(name)} ${leftOut}`, "it is left out");
    return;
  }
  if (macs.length === 0) {
    const known = clientId ? "a client identifier" : "something else than a MAC address";
    draft.note(
      line,
      `host ${shown(name)} is known by ${known}`,
      "it is left out: Brigade knows machines by MAC",
    );
    return;
  }
  draft.add({ line, name: hostName ?? name, macs, address });
}

function readStatement({ draft, host, statement }: State): void {
  const [first, second, third] = statement;
  if (!first || first.kind === "string") return;
  if (first.text === "include") {
    draft.note(first.line, `what is in ${shown(second?.text ?? "")} is not read`, "import that file too");
    return;
  }
  if (!host) return;
  if (first.text === "hardware") readHardware(host, second?.text, third?.text);
  else if (first.text === "fixed-address") readAddress(draft, host, statement);
  else if (first.text === "deleted") host.leftOut = "is deleted";
  else if (isOption(statement, "host-name")) host.hostName = third?.text ?? "";
  else if (isOption(statement, "dhcp-client-identifier") || first.text === "uid") host.clientId = true;
  else noteUnread(draft, host, statement);
}

/** What a host has beyond its identity: options, boot files, conditions. */
function noteUnread(draft: ImportDraft, { name }: Host, [first, second]: readonly IscToken[]): void {
  if (!first || first.text === "dynamic") return;
  const what = first.text === "option" ? `option ${second?.text ?? ""}` : first.text;
  draft.note(
    first.line,
    `host ${shown(name)}: ${shown(what)} is not imported`,
    "give the node its --dhcp-option where it is needed",
  );
}

const isOption = ([first, second]: readonly IscToken[], name: string): boolean =>
  first?.text === "option" && second?.text === name;

function readHardware(host: Host, type: string | undefined, mac: string | undefined): void {
  if (type === "ethernet") host.macs.push(macText(mac ?? ""));
  else host.leftOut = `has no Ethernet card (${shown(type ?? "")})`;
}

/** dhcpd takes single digits: `0:1:2:3:4:5`. */
const macText = (text: string): string =>
  text.length <= 17 ? text.replaceAll(/(?<![0-9a-f])[0-9a-f](?![0-9a-f])/gi, "0$&") : text;

function readAddress(draft: ImportDraft, host: Host, statement: readonly IscToken[]): void {
  const [address, ...more] = statement.slice(1).filter(({ kind }) => kind !== ",");
  if (!address) return;
  host.address = address.text;
  if (more.length > 0)
    draft.note(
      address.line,
      `host ${shown(host.name)} has several addresses`,
      `${shown(address.text)} is taken`,
    );
}
