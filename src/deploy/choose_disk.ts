/** Which of a node's disks a rule means. Pure. */
import { naturalOrder } from "#src/value/natural_order.ts";
import { matchesWildcard } from "#src/value/wildcard.ts";
import { type DiskRule, describeDiskRule, type Transport } from "./disk_rule.ts";
import { gigabytes } from "./size_text.ts";

/** What a node says of one of its disks. */
export type DiskSeen = {
  /** Device path. */
  readonly name: string;
  readonly bytes: number;
  readonly sectorBytes: number;
  readonly model: string;
  readonly serial: string;
  readonly wwn: string;
  /** The kernel calls it so, or it is attached by USB or a memory card. */
  readonly removable: boolean;
  readonly readOnly: boolean;
  /** Absent: not known. */
  readonly transport?: Transport | undefined;
  /** Names of its place on the bus; empty when not known. */
  readonly paths: readonly string[];
};

export type DiskRefusal = {
  readonly kind: "none" | "ambiguous" | "unfit";
  /** A clause about the node, for example `has no disk`. */
  readonly why: string;
};
export type DiskChoice =
  | { readonly ok: true; readonly disks: readonly DiskSeen[] }
  | { readonly ok: false; readonly refusal: DiskRefusal };

export type DiskWish = {
  readonly rule: DiskRule;
  /** How many alike; 2 for a mirror. */
  readonly count: number;
  /** Why a disk cannot be used, as a clause such as `has 2 GB, the image needs 4 GB`. */
  readonly whyNot: (disk: DiskSeen) => string | undefined;
};

const MAX_LISTED = 8;

/** @returns `count` disks in natural order of their names, or why there are none such. */
export function chooseDisks(disks: readonly DiskSeen[], wish: DiskWish): DiskChoice {
  const { rule, count } = wish;
  const usable = usableDisks(disks, rule);
  if (usable.length === 0) return refused("none", `has no disk${removedOnes(disks)}`);
  const matching = usable.filter((disk) => matches(rule, disk)).sort(byPick(rule));
  if (matching.length < count) {
    const found = matching.length === 0 ? "no disk" : `only ${matching.length} of ${count} disks`;
    return refused("none", `has ${found} that is ${describeDiskRule(rule)}, but ${listDisks(usable)}`);
  }
  if (rule.pick === "only" && matching.length > count) {
    const what = describeDiskRule(rule);
    return refused("ambiguous", `has several disks that are ${what}: ${listDisks(matching)}; say which one`);
  }
  const fitting = matching.filter((disk) => wish.whyNot(disk) === undefined);
  if (fitting.length < count) return refused("unfit", unfit(matching, wish));
  const chosen = fitting.slice(0, count);
  if (!namesDisks(rule) && !areAlike(chosen))
    return refused("ambiguous", `has no ${count} disks alike for a mirror: ${listDisks(fitting)}; name them`);
  return { ok: true, disks: chosen.sort((a, b) => naturalOrder(a.name, b.name)) };
}

/** What is taken at all: a removable disk only when the rule says so. */
export const usableDisks = (disks: readonly DiskSeen[], { removable }: DiskRule): readonly DiskSeen[] =>
  disks.filter((disk) => !disk.readOnly && (!disk.removable || removable === true));

const namesDisks = ({ wwn, serial, path, model }: DiskRule): boolean =>
  [wwn, serial, path, model].some((one) => one !== undefined);

/** How much larger the larger one may be. */
const ALIKE = 1.05;

/** A system disk and a data disk are no pair: the mirror would cost the data, which nobody asked for. */
function areAlike(disks: readonly DiskSeen[]): boolean {
  const sizes = disks.map(({ bytes }) => bytes);
  const transports = new Set(disks.map(({ transport }) => transport));
  return Math.max(...sizes) <= Math.min(...sizes) * ALIKE && transports.size <= 1;
}

const refused = (kind: DiskRefusal["kind"], why: string): DiskChoice => ({
  ok: false,
  refusal: { kind, why },
});

/** The reason of the one that came nearest. */
function unfit(matching: readonly DiskSeen[], { whyNot }: DiskWish): string {
  const [largest] = matching.filter((disk) => whyNot(disk) !== undefined).sort((a, b) => b.bytes - a.bytes);
  return largest ? `disk ${largest.name} ${whyNot(largest)}` : "has no disk";
}

function matches(rule: DiskRule, disk: DiskSeen): boolean {
  const { minBytes = 0, wwn, serial, model, path, transport } = rule;
  return (
    disk.bytes >= minBytes &&
    (wwn === undefined || plainWwn(disk.wwn) === plainWwn(wwn)) &&
    (serial === undefined || disk.serial === serial) &&
    (model === undefined || disk.model.toLowerCase().includes(model.toLowerCase())) &&
    (path === undefined || disk.paths.some((one) => matchesWildcard(path, one))) &&
    (transport === undefined || disk.transport === transport)
  );
}

/** Equal ones stay in one order at each boot, whatever the kernel called them. */
const byPick =
  ({ pick }: DiskRule) =>
  (left: DiskSeen, right: DiskSeen): number =>
    (pick === "largest" ? right.bytes - left.bytes : left.bytes - right.bytes) ||
    naturalOrder(left.paths[0] ?? "", right.paths[0] ?? "") ||
    naturalOrder(left.name, right.name);

const plainWwn = (text: string): string => text.toLowerCase().replace(/^(?:naa\.|eui\.|uuid\.|0x)+/, "");

/** `/dev/sda (480 GB, sata), /dev/sdb (…)`, the first of them. */
export function listDisks(disks: readonly DiskSeen[]): string {
  const words = disks.slice(0, MAX_LISTED).map(describeDisk);
  return disks.length > MAX_LISTED
    ? `${words.join(", ")} and ${disks.length - MAX_LISTED} more`
    : words.join(", ");
}

/** `/dev/sda (480 GB, sata, SAMSUNG MZ7L3480, S664N001)` */
function describeDisk({ name, bytes, transport, model, serial }: DiskSeen): string {
  const words = [gigabytes(bytes), transport, model, serial].filter(
    (word) => word !== undefined && word !== "",
  );
  return `${name} (${words.join(", ")})`;
}

const removedOnes = (disks: readonly DiskSeen[]): string =>
  disks.length === 0 ? "" : ` that is not removable or read-only, but ${listDisks(disks)}`;
