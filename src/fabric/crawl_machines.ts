/**
 * Machines that are known to be no switches. A host with a bridge for its guests looks like a switch in LLDP, and whoever
 * is root there would get the community. Pure.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { neighbourOf } from "./merge_frames.ts";
import { type EndpointBook, endpointBook, endpointOf } from "./merge_machines.ts";
import type { Endpoint, HeardFrame, SwitchNeighbour } from "./reading.ts";

export class CrawlMachines {
  readonly #book: EndpointBook;
  readonly #addresses: ReadonlySet<Ipv4>;

  constructor(endpoints: readonly Endpoint[]) {
    this.#book = endpointBook(endpoints);
    this.#addresses = new Set(endpoints.flatMap(({ addresses = [] }) => addresses));
  }

  hasMac(mac: Mac): boolean {
    return this.#book.byMac.has(mac);
  }

  /** By MAC address or name, as the merge has it, or by where it says that it is managed. */
  isOne(neighbour: SwitchNeighbour): boolean {
    return (
      endpointOf(this.#book, neighbour) !== undefined ||
      neighbour.addresses.some((address) => this.#addresses.has(address))
    );
  }
}

/** Where the switches that the appliance hears say that they are managed. What nodes claim to hear sends it nowhere. */
export function switchAddresses(
  heard: readonly HeardFrame[],
  endpoints: readonly Endpoint[],
): readonly Ipv4[] {
  const machines = new CrawlMachines(endpoints);
  const neighbours = heard
    .filter(({ frame }) => !machines.hasMac(frame.source))
    .map(({ frame }) => neighbourOf(frame));
  return neighbours.filter((one) => !machines.isOne(one)).flatMap(({ addresses }) => addresses);
}
