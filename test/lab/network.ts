/**
 * The wires. The supervisor's own network namespace is the switch; the appliance gets a second one.
 * Neither has a name, so both are gone with the last process in them, however that process ends.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { APPLIANCE, type LabNode } from "./plan.ts";

const ip = (...words: string[]): void => {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
};

/** Makes the bridge with a port for each node and an address for each BMC. */
export function buildSwitch(nodes: readonly LabNode[]): void {
  // IPv6 off: a switch has no business sending router solicitations. Bridge netfilter off: frames are not to be filtered.
  set("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
  set("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  ip("link", "set", "lo", "up");
  ip(..."link add br0 address 52:54:00:77:ff:00 type bridge".split(" "));
  // Spanning tree would hold a port back for 30 s after power on: iPXE gives up before that.
  ip(..."link set br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0".split(" "));
  ip("link", "set", "br0", "up");
  set("/proc/sys/net/bridge/bridge-nf-call-iptables", "0");
  for (const { tap, bmc } of nodes) {
    ip("tuntap", "add", tap, "mode", "tap");
    ip("link", "set", tap, "master", "br0", "up");
    ip("address", "add", `${bmc.address}/${APPLIANCE.prefixBits}`, "dev", "br0");
  }
}

/**
 * Makes the appliance's namespace and plugs its interface into the switch.
 *
 * @returns the process that holds the namespace, by its id as the world outside of the supervisor's pid namespace sees it.
 */
export async function plugAppliance(): Promise<number> {
  const { interface: name, address, prefixBits } = APPLIANCE;
  // sysfs shows the network of the namespace it was mounted in, hence the new mount.
  // /proc is still the outer one, so /proc/self/stat names the shell by its outer id; `cat` then holds the namespace.
  const script = `mount -t sysfs sysfs /sys && echo inside && read -r plugged && ip link set lo up &&
    ip address add ${address}/${prefixBits} dev ${name} && ip link set ${name} up &&
    read -r pid rest </proc/self/stat && echo "$pid" && exec cat >/dev/null`;
  const holder = spawn("unshare", ["--net", "--mount", "--propagation", "slave", "--", "sh", "-c", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: holder.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "inside")
    throw new Error("Cannot make the appliance's network namespace");
  ip(..."link add lab-appliance type veth peer name".split(" "), name, "netns", String(holder.pid));
  ip("link", "set", "lab-appliance", "master", "br0", "up");
  holder.stdin.write("plugged\n");
  const pid = Number((await lines.next()).value);
  if (!Number.isInteger(pid)) throw new Error(`Cannot set up ${name} in the appliance's network namespace`);
  return pid;
}

function set(path: string, value: string): void {
  if (existsSync(path)) writeFileSync(path, value);
}
