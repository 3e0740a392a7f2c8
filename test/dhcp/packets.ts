/** Makes client packets for tests: a DISCOVER of a BIOS ROM unless told otherwise. */

import { type DhcpFacts, MESSAGE_TYPE, type MessageType, readFacts } from "#src/dhcp/facts.ts";
import { addressBytes, OPTION, text, u8 } from "#src/dhcp/option.ts";
import { type DhcpPacket, NO_ADDRESS } from "#src/dhcp/packet.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Mac, macBytes } from "#src/value/mac.ts";

export const ip = (address: string): Ipv4 => address as Ipv4;
export const mac = (address: string): Mac => address as Mac;

export type ClientSays = {
  readonly message?: MessageType;
  readonly mac?: string;
  readonly xid?: number;
  readonly requested?: string;
  readonly server?: string;
  readonly ciaddr?: string;
  readonly giaddr?: string;
  readonly broadcast?: boolean;
  readonly options?: readonly (readonly [code: number, value: Uint8Array])[];
};

export function clientPacket(says: ClientSays): DhcpPacket {
  return {
    op: "request",
    ...{ htype: 1, hops: 0, xid: says.xid ?? 0x1234_5678, secs: 0, flags: says.broadcast ? 0x8000 : 0 },
    ciaddr: ip(says.ciaddr ?? NO_ADDRESS),
    ...{ yiaddr: NO_ADDRESS, siaddr: NO_ADDRESS, giaddr: ip(says.giaddr ?? NO_ADDRESS), sname: "", file: "" },
    chaddr: macBytes(mac(says.mac ?? "52:54:00:00:00:01")),
    options: new Map([
      [OPTION.messageType, u8(MESSAGE_TYPE[says.message ?? "discover"])],
      ...(says.requested ? [[OPTION.requestedAddress, addressBytes(ip(says.requested))] as const] : []),
      ...(says.server ? [[OPTION.serverId, addressBytes(ip(says.server))] as const] : []),
      ...(says.options ?? []),
    ]),
  };
}

export function clientFacts(says: ClientSays): DhcpFacts {
  const facts = readFacts(clientPacket(says));
  if (!facts.ok) throw new Error(`Not a client packet: ${JSON.stringify(facts.error)}`);
  return facts.value;
}

export const PXE_BIOS: NonNullable<ClientSays["options"]> = [
  [OPTION.vendorClass, text("PXEClient:Arch:00000:UNDI:002001")],
  [OPTION.clientArch, Uint8Array.of(0, 0)],
];

/** Option 82 of a relay that wants to be taken for the server (RFC 5107), behind a circuit id. */
export const override = (address: string): NonNullable<ClientSays["options"]> => [
  [OPTION.relayInformation, Uint8Array.of(1, 1, 7, 11, 4, ...addressBytes(ip(address)))],
];
