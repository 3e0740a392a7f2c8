/** What the daemons of a virtual switch have to know of it: a namespace with a bridge `br0` that has an address. Pure. */

export type SwitchKit = {
  readonly name: string;
  /** Where it is managed: an address of its bridge. */
  readonly address: string;
  readonly ports: readonly KitPort[];
  /** What its ports are called in LLDP: by the device, by its MAC address, or by the name that the switch gives it. */
  readonly portIds: "ifname" | "macaddress" | "local";
  /** Where its MAC table is: BRIDGE-MIB, Q-BRIDGE-MIB, or both. */
  readonly macTable: "bridge" | "qBridge" | "both";
  /** Its reader over SNMPv2c. */
  readonly community: string;
  /** Its reader over SNMPv3 (authPriv). */
  readonly user?: SnmpUser;
};

export type KitPort = {
  readonly device: string;
  readonly ifIndex: number;
  /** Its ifName. */
  readonly name: string;
  readonly speedMbit: number;
};

export type SnmpUser = {
  readonly name: string;
  readonly authProtocol: "SHA" | "SHA-256" | "SHA-512";
  readonly authKey: string;
  readonly privKey: string;
};
