/**
 * Reads what `ip -json` and `nft -json` print. Pure. Fields that are not there, or are something else, count as not said:
 * the programs are of many versions.
 */

export type Link = {
  readonly name: string;
  readonly mtuBytes: number;
  /** The bridge or bond that it is a port of. */
  readonly master: string | undefined;
  /** The card below a VLAN or macvlan. */
  readonly below: string | undefined;
  readonly kind: string | undefined;
};

/** The fields of what the programs print that are read here. */
type Fields = Partial<
  Record<
    | "ifname"
    | "mtu"
    | "master"
    | "link"
    | "linkinfo"
    | "info_kind"
    | "dst"
    | "dev"
    | "metrics"
    | "nftables"
    | "rule"
    | "chain"
    | "hook"
    | "policy"
    | "family"
    | "table"
    | "name"
    | "expr",
    unknown
  >
>;

/** @returns the parts of a JSON array that are objects; nothing for other text */
function objectsOf(json: string): readonly Fields[] {
  try {
    return asList(JSON.parse(json)).flatMap(fieldsIn);
  } catch {
    return [];
  }
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asFields = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
const fieldsIn = (value: unknown): readonly Fields[] => {
  const fields = asFields(value);
  return fields ? [fields] : [];
};
const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const asNumber = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** `ip -json -details link show` */
export const readLinks = (json: string): readonly Link[] =>
  objectsOf(json).flatMap(({ ifname, mtu, master, link, linkinfo }) => {
    const [name, mtuBytes] = [asText(ifname), asNumber(mtu)];
    if (name === undefined || mtuBytes === undefined) return [];
    const kind = asText(asFields(linkinfo)?.info_kind);
    return [{ name, mtuBytes, master: asText(master), below: asText(link), kind }];
  });

/** What packets of `name` pass through on this machine, with a smaller MTU: its bridge, its ports, the card below. */
export function narrowerThan(
  links: readonly Link[],
  name: string,
): readonly { readonly name: string; readonly mtuBytes: number }[] {
  const own = links.find((link) => link.name === name);
  if (!own) return [];
  return links
    .filter((link) => link.master === name || link.name === own.master || link.name === own.below)
    .filter(({ mtuBytes }) => mtuBytes < own.mtuBytes)
    .map((link) => ({ name: link.name, mtuBytes: link.mtuBytes }));
}

/** `ip -json route show cache`: where routers said "packet too big". */
export const readNarrowPaths = (
  json: string,
  device: string,
): readonly { readonly to: string; readonly mtuBytes: number }[] =>
  objectsOf(json).flatMap(({ dst, dev, metrics }) => {
    const to = asText(dst);
    const mtuBytes = asList(metrics).flatMap((one) => asNumber(asFields(one)?.mtu) ?? [])[0];
    return to !== undefined && dev === device && mtuBytes !== undefined ? [{ to, mtuBytes }] : [];
  });

/**
 * Chains that drop what comes in while no rule of their table accepts DHCP or everything on the interface.
 * Sets and jumps are not followed: what is found is worth a look, not certain.
 *
 * @param json what `nft -json list ruleset` printed
 * @returns `inet filter input`, …
 */
export function droppingChains(json: string, interfaces: readonly string[]): readonly string[] {
  const items = objectsOf(nftablesPart(json));
  const rules = items.flatMap(({ rule }) => fieldsIn(rule));
  return items
    .flatMap(({ chain }) => fieldsIn(chain))
    .filter(({ hook, policy }) => hook === "input" && policy === "drop")
    .filter(
      ({ family, table }) =>
        !rules.some((rule) => rule.family === family && rule.table === table && lets(rule.expr, interfaces)),
    )
    .map(({ family, table, name }) => `${family} ${table} ${name}`);
}

function nftablesPart(json: string): string {
  try {
    return JSON.stringify(asFields(JSON.parse(json))?.nftables ?? []);
  } catch {
    return "[]";
  }
}

/** Accepts, and names port 67 or one of the interfaces. */
function lets(expr: unknown, interfaces: readonly string[]): boolean {
  const parts = asList(expr).flatMap(fieldsIn);
  if (!parts.some((part) => "accept" in part || "jump" in part)) return false;
  const words = JSON.stringify(parts);
  return /[^\d.]67[^\d.]/.test(words) || interfaces.some((name) => words.includes(JSON.stringify(name)));
}
