/**
 * Namespaces, bridges and cables of the virtual switched network. Every port of a switch is there from the start, with the
 * number it keeps; its far end is in the machine that is plugged in, or lies in a namespace for loose cables.
 */
import { batch, ip, Spaces } from "#test/spaces.ts";
import {
  APPLIANCE,
  deviceOf,
  HOSTS,
  type HostPlan,
  hostAddress,
  hostMac,
  ifIndexOf,
  PORTS,
  portMac,
  type Socket,
  SWITCHES,
  type SwitchPlan,
  switchAddress,
  switchPlan,
  UPLINKS,
} from "./rig_plan.ts";

const LOOSE = "loose";
const BRIDGE = "br0";

export class RigWire implements Disposable {
  readonly #spaces = new Spaces("bg-rig-");
  readonly #places = new Map<string, Socket>();

  /** @throws when the command `ip` fails: not root, most likely. */
  constructor() {
    try {
      this.#spaces.add([LOOSE, APPLIANCE.name, ...[...SWITCHES, ...HOSTS].map(({ name }) => name)]);
      for (const plan of SWITCHES) this.#addBridge(plan);
      for (const { core, edge } of UPLINKS) this.#link(core, edge);
      for (const plan of SWITCHES) this.#addPorts(plan);
      for (const host of [APPLIANCE, ...HOSTS]) this.plug(host, host.at);
    } catch (fault) {
      this[Symbol.dispose]();
      throw fault;
    }
  }

  /** The namespace of a machine. */
  nameOf(name: string): string {
    return this.#spaces.nameOf(name);
  }

  /** Words for `ip` that run a command where a machine is. */
  within(name: string): readonly string[] {
    return ["netns", "exec", this.#spaces.nameOf(name)];
  }

  /** Where a host is plugged in now. */
  placeOf(host: string): Socket {
    const place = this.#places.get(host);
    if (!place) throw new Error(`${host} is not plugged in`);
    return place;
  }

  /** Pulls the cable of a host. */
  unplug(host: HostPlan): void {
    const loose = `name ${looseEnd(this.placeOf(host.name))} netns ${this.#spaces.nameOf(LOOSE)}`;
    batch("ip", this.#spaces.nameOf(host.name), ["link set eth0 down", `link set eth0 ${loose}`]);
    this.#places.delete(host.name);
  }

  /** @param at a port that is free */
  plug(host: HostPlan, at: Socket): void {
    const space = this.#spaces.nameOf(host.name);
    const end = `name eth0 address ${hostMac(host)} netns ${space}`;
    ip(`-n ${this.#spaces.nameOf(LOOSE)} link set ${looseEnd(at)} ${end}`);
    batch("ip", space, [
      "link set lo up",
      "link set eth0 addrgenmode none up",
      `addr add ${hostAddress(host)}/24 brd + dev eth0`,
    ]);
    this.#places.set(host.name, at);
  }

  [Symbol.dispose](): void {
    this.#spaces[Symbol.dispose]();
  }

  #addBridge(plan: SwitchPlan): void {
    batch("ip", this.#spaces.nameOf(plan.name), [
      "link set lo up",
      `link add ${BRIDGE} address ${portMac(plan, 0)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `link set ${BRIDGE} addrgenmode none up`,
      `addr add ${switchAddress(plan)}/24 brd + dev ${BRIDGE}`,
    ]);
  }

  #link(core: Socket, edge: Socket): void {
    const [near, far] = [switchPlan(core.switch), switchPlan(edge.switch)];
    const device = deviceOf(far, edge.port);
    const peer = `peer name ${device} index ${ifIndexOf(edge.port)} address ${portMac(far, edge.port)}`;
    batch("ip", this.#spaces.nameOf(near.name), [
      `${newPort(near, core.port)} ${peer} netns ${this.#spaces.nameOf(far.name)}`,
      upInBridge(deviceOf(near, core.port)),
    ]);
    batch("ip", this.#spaces.nameOf(far.name), [upInBridge(device)]);
  }

  #addPorts(plan: SwitchPlan): void {
    const linked = UPLINKS.flatMap(({ core, edge }) => [core, edge]);
    const isLinked = (port: number): boolean =>
      linked.some((one) => one.switch === plan.name && one.port === port);
    const free = PORTS.filter((port) => !isLinked(port));
    batch(
      "ip",
      this.#spaces.nameOf(plan.name),
      free.flatMap((port) => [
        `${newPort(plan, port)} peer name ${looseEnd({ switch: plan.name, port })} netns ${this.#spaces.nameOf(LOOSE)}`,
        upInBridge(deviceOf(plan, port)),
      ]),
    );
  }
}

const looseEnd = (at: Socket): string => `${at.switch}-${at.port}`;
const newPort = (plan: SwitchPlan, port: number): string =>
  `link add ${deviceOf(plan, port)} index ${ifIndexOf(port)} address ${portMac(plan, port)} type veth`;
const upInBridge = (device: string): string => `link set ${device} addrgenmode none master ${BRIDGE} up`;
