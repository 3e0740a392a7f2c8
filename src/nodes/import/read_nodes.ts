/** Machines out of files of other programs. Pure: the caller reads the file. */
import { readCsv } from "./csv.ts";
import { readDnsmasq } from "./dnsmasq.ts";
import { type ImportFormat, type ImportResult, MAX_IMPORT_CHARS } from "./import_result.ts";
import { readIscDhcpd } from "./isc_dhcpd.ts";
import { readKea } from "./kea.ts";
import { nodeColumn } from "./node_columns.ts";
import { readYamlNodes } from "./yaml_nodes.ts";

const READERS: Readonly<Record<ImportFormat, (text: string) => ImportResult>> = {
  dnsmasq: readDnsmasq,
  "isc-dhcpd": readIscDhcpd,
  kea: readKea,
  csv: readCsv,
  yaml: readYamlNodes,
};

/** What is enough to know a format by. */
const LOOKED_AT_CHARS = 65_536;

export type NodesRead = ImportResult & { readonly format: ImportFormat };

/**
 * Reads all machines of a file and all that is wrong with it.
 *
 * @param format detected when `undefined`
 * @returns `undefined` when the format is none that is known. Never throws.
 */
export function readNodes(text: string, format: ImportFormat | undefined): NodesRead | undefined {
  const whole = text.startsWith("\ufeff") ? text.slice(1) : text;
  const known = format ?? detectFormat(whole);
  if (!known) return undefined;
  if (whole.length > MAX_IMPORT_CHARS) {
    const what = `${whole.length} characters, the most are ${MAX_IMPORT_CHARS}`;
    return { format: known, nodes: [], notes: [{ line: 1, level: "problem", what, todo: "split the file" }] };
  }
  return { format: known, ...READERS[known](whole) };
}

/** By what no other format has: the first line that says something decides between tables and the rest. */
export function detectFormat(text: string): ImportFormat | undefined {
  const head = text.slice(0, LOOKED_AT_CHARS);
  const lines = head.split(/\r?\n/).map((line) => line.trim());
  const first = lines.find((line) => line !== "" && !/^(?:#|\/\/|\/\*)/.test(line)) ?? "";
  if (/^[{[]/.test(first) && head.includes('"')) return "kea";
  if (lines.some((line) => /^dhcp-host\s*=/.test(line))) return "dnsmasq";
  if (
    /\bhost\s{1,8}[^\s{]{1,80}\s{0,8}\{/.test(head) ||
    /^(?:subnet|shared-network|group|option) /.test(first)
  )
    return "isc-dhcpd";
  const cells = first.split(/[,;\t]/);
  if (cells.length > 1 && cells.some((cell) => /^macs?$/.test(nodeColumn(cell.replaceAll('"', "")) ?? "")))
    return "csv";
  if (/^(?:id:|set:|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2},)/i.test(first)) return "dnsmasq";
  if (/^(?:---|- |nodes:)/.test(first) || lines.some((line) => /^(?:- )?macs?:/.test(line))) return "yaml";
  return undefined;
}
