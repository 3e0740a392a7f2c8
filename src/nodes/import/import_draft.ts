/** Collects the machines of a file and what is wrong with them, so that everything is reported at once. Pure. */
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";
import { isMachineMac, isNodeName } from "../node_rules.ts";
import {
  type ImportedNode,
  type ImportNote,
  type ImportResult,
  MAX_IMPORT_NODES,
  MAX_IMPORT_NOTES,
} from "./import_result.ts";

/** One machine as text, not looked at yet. */
export type RawNode = Pick<ImportedNode, "line" | "power" | "kernelArguments"> & {
  /** A machine without a name is called after its MAC. */
  readonly name?: string | undefined;
  readonly macs: readonly string[];
  readonly address?: string | undefined;
  readonly groups?: readonly string[];
};

const SHOWN_CHARS = 60;
/** Text of a file as it can be shown: short, on one line. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text);

export class ImportDraft {
  readonly #nodes: ImportedNode[] = [];
  readonly #notes: ImportNote[] = [];
  readonly #lines = new Map<string, number>();

  /** More than can be told was found: what else there is changes nothing. */
  get isFull(): boolean {
    return this.#notes.length > MAX_IMPORT_NOTES;
  }

  note(line: number, what: string, todo: string): void {
    this.#say({ line, level: "note", what, todo });
  }

  problem(line: number, what: string, todo: string): void {
    this.#say({ line, level: "problem", what, todo });
  }

  /** Takes a machine when everything about it can be read; says all that cannot otherwise. */
  add(raw: RawNode): void {
    const { line } = raw;
    if (this.isFull) return;
    const macs = this.#macs(raw);
    const address = this.#address(raw);
    const name = macs?.[0] && this.#name(raw, macs[0]);
    const groups = this.#groups(raw);
    if (!macs || name === undefined || address === null || !groups) return;
    if (this.#nodes.length >= MAX_IMPORT_NODES) {
      this.problem(line, `more than ${MAX_IMPORT_NODES} machines`, "split the file");
      return;
    }
    if (!this.#areNew(line, [name, ...macs, ...(address ? [address] : [])])) return;
    this.#nodes.push({
      ...{ line, name, macs },
      ...(address ? { address } : {}),
      ...(groups.length > 0 ? { groups } : {}),
      ...(raw.power ? { power: raw.power } : {}),
      ...(raw.kernelArguments ? { kernelArguments: raw.kernelArguments } : {}),
    });
  }

  result(): ImportResult {
    return { nodes: this.#nodes, notes: this.#notes.toSorted((left, right) => left.line - right.line) };
  }

  #say(note: ImportNote): void {
    if (this.#notes.length < MAX_IMPORT_NOTES) this.#notes.push(note);
    else if (this.#notes.length === MAX_IMPORT_NOTES)
      this.#notes.push({
        ...note,
        level: "problem",
        what: "more than can be told",
        todo: "mend those first",
      });
  }

  #macs({ line, macs: texts }: RawNode): readonly Mac[] | undefined {
    const macs: Mac[] = [];
    for (const text of texts) {
      const mac = text.length <= SHOWN_CHARS ? parseMac(text) : undefined;
      if (mac && isMachineMac(mac)) macs.push(mac);
      else
        this.problem(
          line,
          `${shown(text)} is not the MAC address of one machine`,
          "write twelve hex digits, like 52:54:00:77:00:01",
        );
    }
    if (texts.length === 0) this.problem(line, "no MAC address", "write one: a node is known by it");
    return macs.length === texts.length && macs.length > 0 ? [...new Set(macs)] : undefined;
  }

  /** @returns `null` when there is one and it cannot be read */
  #address({ line, address: text }: RawNode): Ipv4 | null | undefined {
    if (text === undefined) return undefined;
    const address = text.length <= SHOWN_CHARS ? parseIpv4(text) : undefined;
    if (address) return address;
    this.problem(line, `${shown(text)} is not an IPv4 address`, "write four numbers, like 10.77.0.11");
    return null;
  }

  #name({ line, name: text }: RawNode, mac: Mac): string | undefined {
    if (text === undefined) {
      const name = `node-${mac.replaceAll(":", "")}`;
      this.note(line, "no name", `it is called ${name}; change it with "brigade node set ${name} --name"`);
      return name;
    }
    const name = text.slice(0, 256).toLowerCase().replaceAll("_", "-").replace(/\.$/, "");
    if (!isNodeName(name)) {
      this.problem(
        line,
        `${shown(text)} cannot name a node`,
        "write lower-case letters, digits, hyphens and dots, at most 63, first and last a letter or digit",
      );
      return undefined;
    }
    if (name !== text) this.note(line, `${shown(text)} cannot name a node as it is`, `it is called ${name}`);
    return name;
  }

  #groups({ line, groups = [] }: RawNode): readonly string[] | undefined {
    const names = [...new Set(groups)].map((text) => {
      const name = text.slice(0, 256).toLowerCase().replaceAll("_", "-");
      if (isNodeName(name)) return name;
      this.problem(line, `${shown(text)} cannot name a group`, "write letters, digits and hyphens");
      return undefined;
    });
    const known = names.filter((name) => name !== undefined);
    return known.length === names.length ? known : undefined;
  }

  #areNew(line: number, keys: readonly string[]): boolean {
    const taken = keys.filter((key) => this.#lines.has(key));
    for (const key of taken)
      this.problem(line, `${key} is in line ${this.#lines.get(key)} already`, "remove one of the two");
    if (taken.length > 0) return false;
    for (const key of keys) this.#lines.set(key, line);
    return true;
  }
}
