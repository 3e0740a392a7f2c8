import { type Ipv4, ipv4ToNumber, parseIpv4 } from "#src/value/ipv4.ts";

/**
 * A setting described once. The command-line option, the type, the default,
 * the check, the reference page and the error text all come from this value.
 */
export type Field<T> = {
  readonly doc: string;
  /** Stands for the value in help texts; absent for a switch that is on or off. */
  readonly placeholder?: string | undefined;
  /** What holds when nothing is said. */
  readonly fallback: T;
  /** It may be said several times; `read` gets all of it with commas between. */
  readonly hasMany?: boolean | undefined;
  /** @returns the value, or what would be accepted. */
  readonly read: (text: string) => { readonly value: T } | { readonly wanted: string };
};

export type Endpoint = { readonly address: Ipv4; readonly port: number };
export type AddressRange = { readonly first: Ipv4; readonly last: Ipv4 };

type Described = { readonly doc: string; readonly placeholder: string };

export function text(spec: Described & { fallback: string }): Field<string> {
  return { ...spec, read: (raw) => (raw === "" ? { wanted: "a text that is not empty" } : { value: raw }) };
}

/** A text that may stay unsaid. */
export function optionalText(spec: Described): Field<string | undefined> {
  return { ...text({ ...spec, fallback: "" }), fallback: undefined };
}

export function flag(spec: { doc: string }): Field<boolean> {
  return {
    ...spec,
    fallback: false,
    read: (raw) => (raw === "true" ? { value: true } : { wanted: "no value" }),
  };
}

export function integer(spec: Described & { fallback: number; min: number; max: number }): Field<number> {
  const wanted = `a whole number from ${spec.min} to ${spec.max}`;
  return {
    ...spec,
    read: (raw) => {
      const value = /^\d{1,12}$/.test(raw) ? Number(raw) : Number.NaN;
      return value >= spec.min && value <= spec.max ? { value } : { wanted };
    },
  };
}

export function endpoint(spec: Described & { fallback: Endpoint }): Field<Endpoint> {
  const wanted = "ADDRESS:PORT, for example 127.0.0.1:7880";
  return {
    ...spec,
    read: (raw) => {
      const [, host = "", portText = ""] = /^([0-9.]+):(\d{1,5})$/.exec(raw) ?? [];
      const address = parseIpv4(host);
      const port = Number(portText);
      return address && port >= 1 && port <= 65_535 ? { value: { address, port } } : { wanted };
    },
  };
}

export function optionalRange(spec: Described): Field<AddressRange | undefined> {
  const wanted = "FIRST-LAST, for example 10.77.0.100-10.77.0.199";
  return {
    ...spec,
    fallback: undefined,
    read: (raw) => {
      const [first, last, ...rest] = raw.split("-").map(parseIpv4);
      const valid = first && last && rest.length === 0 && ipv4ToNumber(first) <= ipv4ToNumber(last);
      return valid ? { value: { first, last } } : { wanted };
    },
  };
}
