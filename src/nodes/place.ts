/** Where a machine is plugged in, as the fabric knows it. Pure. */
import type { Mac } from "#src/value/mac.ts";

export type Place = {
  /** Stays the same when the switch gets another name. */
  readonly switchId: string;
  /** For people. */
  readonly switchName: string;
  readonly port: string;
  /** Number of the stack member, where the switch is a stack. */
  readonly member?: number | undefined;
};

/** What the fabric tells of MACs. Answers from memory; empty for a MAC that no switch has seen. */
export type Places = {
  /** More than one: switches see this MAC on ports that are not one way. */
  readonly placesOf: (mac: Mac) => readonly Place[];
};

/** What was seen when switches were asked, and how far that reaches. */
export type SeenPlaces = Places & {
  /** Whether a machine that is seen elsewhere has left that switch: not, where it did not say all that it has learnt. */
  readonly hasLeft: (mac: Mac, switchId: string) => boolean;
  /** When switches were asked last, in Unix time; 0: never. */
  readonly askedAtMs: () => number;
  /** Whether that switch told then all that it has learnt. */
  readonly isWhole: (switchId: string) => boolean;
};

/** Nobody has read a switch. */
export const NO_PLACES: SeenPlaces = {
  placesOf: () => [],
  hasLeft: () => false,
  askedAtMs: () => 0,
  isWhole: () => false,
};

/** The one place; `undefined` for none and for several. */
export function placeOf({ placesOf }: Places, mac: Mac): Place | undefined {
  const found = placesOf(mac);
  return found.length === 1 ? found[0] : undefined;
}

export const placeKey = ({ switchId, port }: Place): string => JSON.stringify([switchId, port]);

export const isSamePlace = (one: Place, other: Place): boolean => placeKey(one) === placeKey(other);

/** For sentences. Switches name themselves and their ports: nothing that ends a quotation or acts in a shell. */
export const placeText = ({ switchName, port }: Place): string =>
  `${switchName} ${port}`.replaceAll(/["`$\\|;&<>]/g, "?");
