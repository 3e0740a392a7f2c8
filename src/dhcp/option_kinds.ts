/**
 * How the values of DHCP options are written by people and on the wire. Pure.
 *
 * RFC 2132 section 2 and 3, RFC 1035 section 3.1 (names in RFC 3397), RFC 3442 (routes).
 */
import { type Ipv4, inSubnet, ipv4Bytes, ipv4FromBytes, parseIpv4 } from "#src/value/ipv4.ts";

/** Both ways between text and bytes; `undefined` when it is no value of the kind. `read` undoes `write`. */
export type OptionKind = {
  /** What the text has to be, as the end of "wants …". */
  readonly wanted: string;
  readonly write: (text: string) => Uint8Array | undefined;
  readonly read: (bytes: Uint8Array) => string | undefined;
};

const MAX_LIST = 64;
const PRINTABLE = /^[\x20-\x7e]+$/;
/** Underscores are in use in search lists, though no host has them. */
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const MAX_NAME_BYTES = 255;

const items = (text: string): readonly string[] => text.split(",", MAX_LIST + 1).map((item) => item.trim());

/** All of them or nothing. */
function joined(parts: readonly (Uint8Array | undefined)[]): Uint8Array | undefined {
  const whole = parts.filter((part) => part !== undefined);
  if (whole.length < parts.length || parts.length > MAX_LIST) return undefined;
  return Uint8Array.from(Buffer.concat(whole));
}

const addressBytes = (text: string): Uint8Array | undefined => {
  const address = parseIpv4(text);
  return address && ipv4Bytes(address);
};

function readAddresses(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
  return Array.from({ length: bytes.length / 4 }, (_, at) =>
    ipv4FromBytes(bytes.subarray(4 * at, 4 * at + 4)),
  ).join(",");
}

const address: OptionKind = {
  wanted: "one IPv4 address",
  write: addressBytes,
  read: (bytes) => (bytes.length === 4 ? readAddresses(bytes) : undefined),
};

const addresses: OptionKind = {
  wanted: `IPv4 addresses with commas between, at most ${MAX_LIST - 1}`,
  write: (text) => {
    const list = items(text);
    return list.length < MAX_LIST ? joined(list.map(addressBytes)) : undefined;
  },
  read: readAddresses,
};

const text: OptionKind = {
  wanted: "printable ASCII, at least one character",
  write: (value) => (PRINTABLE.test(value) ? Uint8Array.from(Buffer.from(value, "latin1")) : undefined),
  read: (bytes) => {
    const value = Buffer.from(bytes).toString("latin1");
    return PRINTABLE.test(value) ? value : undefined;
  },
};

const flag: OptionKind = {
  wanted: '"on" or "off"',
  write: (value) => (value === "on" || value === "off" ? Uint8Array.of(value === "on" ? 1 : 0) : undefined),
  read: (bytes) => (bytes.length === 1 && (bytes[0] ?? 2) < 2 ? (bytes[0] === 1 ? "on" : "off") : undefined),
};

function number(size: 1 | 2 | 4, min: number, max: number): OptionKind {
  return {
    wanted: `a number from ${min} to ${max}`,
    write: (value) => {
      const number = /^-?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max)) return undefined;
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, number);
      return bytes.subarray(4 - size);
    },
    read: (bytes) => {
      if (bytes.length !== size) return undefined;
      const whole = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
      const value = min < 0 ? whole | 0 : whole;
      return value >= min && value <= max ? String(value) : undefined;
    },
  };
}

function domainBytes(name: string): Uint8Array | undefined {
  const labels = (name.endsWith(".") ? name.slice(0, -1) : name).split(".", MAX_NAME_BYTES);
  if (name.length >= MAX_NAME_BYTES || !labels.every((label) => LABEL.test(label))) return undefined;
  return Buffer.concat([
    ...labels.flatMap((label) => [Uint8Array.of(label.length), Buffer.from(label, "latin1")]),
    Uint8Array.of(0),
  ]);
}

/** Names without compression, as `write` makes them: RFC 3397 permits it and every client reads it. */
function readDomains(bytes: Uint8Array): string | undefined {
  const names: string[] = [];
  let labels: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    const label = Buffer.from(bytes.subarray(at + 1, at + 1 + length)).toString("latin1");
    if (length === 0) {
      if (labels.length === 0) return undefined;
      names.push(labels.join("."));
      labels = [];
    } else if (label.length === length && LABEL.test(label)) labels.push(label);
    else return undefined;
    at += 1 + length;
  }
  return names.length > 0 && labels.length === 0 ? names.join(",") : undefined;
}

const domains: OptionKind = {
  wanted: "domain names with commas between",
  write: (value) => joined(items(value).map(domainBytes)),
  read: readDomains,
};

/** `10.1.0.0/16=10.0.0.1`: destination by its leading bytes only, then the gateway. */
function routeBytes(route: string): Uint8Array | undefined {
  const [, network = "", bits = "", gateway = ""] =
    /^([\d.]{7,15})\/(\d{1,2})=([\d.]{7,15})$/.exec(route) ?? [];
  const destination = parseIpv4(network);
  const by = addressBytes(gateway);
  const prefixBits = Number(bits);
  if (!destination || !by || prefixBits > 32) return undefined;
  if (!inSubnet(destination, { network: destination, prefixBits })) return undefined;
  return Uint8Array.of(prefixBits, ...ipv4Bytes(destination).subarray(0, Math.ceil(prefixBits / 8)), ...by);
}

function readRoutes(bytes: Uint8Array): string | undefined {
  const routes: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const prefixBits = bytes[at] ?? 33;
    const significant = Math.ceil(prefixBits / 8);
    const end = at + 1 + significant + 4;
    if (prefixBits > 32 || end > bytes.length) return undefined;
    const network: Ipv4 = ipv4FromBytes(
      Uint8Array.from({ length: 4 }, (_, index) => (index < significant ? (bytes[at + 1 + index] ?? 0) : 0)),
    );
    routes.push(`${network}/${prefixBits}=${ipv4FromBytes(bytes.subarray(end - 4, end))}`);
    at = end;
  }
  return routes.length > 0 ? routes.join(",") : undefined;
}

const routes: OptionKind = {
  wanted: 'routes such as "10.1.0.0/16=10.0.0.1" with commas between (the network without host bits)',
  write: (value) => joined(items(value).map(routeBytes)),
  read: readRoutes,
};

export const KIND = {
  address,
  addresses,
  text,
  flag,
  domains,
  routes,
  u8: number(1, 0, 255),
  u16: number(2, 0, 65_535),
  u32: number(4, 0, 0xffff_ffff),
  i32: number(4, -0x8000_0000, 0x7fff_ffff),
  /** RFC 2132 section 5.1: 68 is the least that IPv4 permits. */
  mtu: number(2, 68, 65_535),
} as const;
