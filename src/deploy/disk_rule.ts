/**
 * Which disk of a node is the target. Every condition must hold; `pick` says which one it is when several disks are left.
 *
 * Pure.
 */
import type { Read } from "#src/images/description_values.ts";
import { readSize } from "#src/images/description_values.ts";

/** How a disk is attached. */
export const TRANSPORTS = ["nvme", "sata", "sas", "scsi", "virtio", "mmc", "usb"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export type DiskRule = {
  /** `only` refuses when several disks match. */
  readonly pick: "smallest" | "largest" | "only";
  /** The least size. */
  readonly minBytes?: number | undefined;
  /** World Wide Name, compared without `0x`, `naa.`, `eui.` and case. */
  readonly wwn?: string | undefined;
  /** The whole serial number. */
  readonly serial?: string | undefined;
  /** Part of the model's name, whatever the case. */
  readonly model?: string | undefined;
  /** Place on the bus, for example `pci-0000:3b:00.0-*`; `*` stands for any characters. */
  readonly path?: string | undefined;
  readonly transport?: Transport | undefined;
  /** USB sticks and memory cards count too: only together with a path, so that nobody's stick is taken by accident. */
  readonly removable?: true | undefined;
};

/** What holds when nobody says anything: nodes often have a small system disk and large data disks. */
export const DEFAULT_DISK_RULE: DiskRule = { pick: "smallest" };

const PICKS = ["smallest", "largest", "only"] as const;
const PARTS = ["over", "wwn", "serial", "model", "path", "transport"] as const;
const WANTED = `${PICKS.join(", ")}, removable, or ${PARTS.map((part) => `${part}=…`).join(", ")}, with commas between`;
/** What vendors print. Never control characters, quotes or a comma. */
const VALUE = /^[A-Za-z0-9 ._:+/@*-]{1,100}$/;
const MAX_CHARACTERS = 400;

/** Reads `transport=nvme,over=200GB,smallest`. A rule with conditions and without a pick means the only one. */
export function parseDiskRule(text: string): Read<DiskRule> {
  if (text.length > MAX_CHARACTERS) return { wanted: WANTED };
  let rule: Partial<DiskRule> = {};
  for (const word of text.split(",").map((one) => one.trim())) {
    const part = readPart(word);
    if ("wanted" in part) return part;
    if (Object.keys(part.value).some((key) => key in rule)) return { wanted: `${word} once` };
    rule = { ...rule, ...part.value };
  }
  return checkDiskRule(rule);
}

/** Rules as JSON come from the API. */
export function checkDiskRule(rule: Partial<DiskRule>): Read<DiskRule> {
  const { wwn, serial, model, path, transport, removable } = rule;
  const texts = [wwn, serial, model, path].filter((one) => one !== undefined);
  if (!texts.every((one) => VALUE.test(one))) return { wanted: `values of letters, digits and ._:+/@-` };
  if (removable && path === undefined) return { wanted: "path=… beside removable" };
  const isNarrow = texts.length > 0 || transport !== undefined;
  return { value: { ...rule, pick: rule.pick ?? (isNarrow ? "only" : "smallest") } };
}

function readPart(word: string): Read<Partial<DiskRule>> {
  const pick = PICKS.find((one) => one === word);
  if (pick) return { value: { pick } };
  if (word === "removable") return { value: { removable: true } };
  const at = word.indexOf("=");
  const value = word.slice(at + 1);
  const name = PARTS.find((one) => one === word.slice(0, at));
  if (name === undefined) return { wanted: WANTED };
  if (name === "over") {
    const size = readSize(value);
    return "value" in size ? { value: { minBytes: size.value } } : size;
  }
  if (name !== "transport") return { value: { [name]: value } };
  const transport = TRANSPORTS.find((one) => one === value);
  return transport ? { value: { transport } } : { wanted: `a transport of ${TRANSPORTS.join(", ")}` };
}

/** As it is typed. */
export function describeDiskRule(rule: DiskRule): string {
  const { pick, minBytes, wwn, serial, model, path, transport, removable } = rule;
  const conditions = Object.entries({ transport, model, serial, wwn, path })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  const size = minBytes === undefined ? [] : [`over=${minBytes}B`];
  return [...conditions, ...size, ...(removable ? ["removable"] : []), pick].join(",");
}
