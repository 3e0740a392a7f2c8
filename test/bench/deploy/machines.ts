/**
 * Plays all machines of a deployment in one process: `node machines.ts SETTINGS` in the namespace that has their
 * addresses. Reads what machines are there from the file SETTINGS, serves the power switch, answers as their SSH server, and
 * prints `{"machines": [{"name", "ownMs"}]}` at the end of its input.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import ssh from "ssh2";
import { generateSshKey } from "#src/access/ssh_key.ts";
import { decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import { UdpSocket } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type ClientSays, clientPacket, PXE_BIOS } from "#test/dhcp/packets.ts";
import { type BootScript, Machine, type Paces, type Place, type Surroundings } from "./machine.ts";

export type MachinesSettings = {
  readonly interface: string;
  readonly socket: string;
  readonly appliance: string;
  readonly image: Surroundings["image"];
  readonly paces: Paces;
  readonly machines: readonly (Place & { readonly name: string })[];
};

const BOOT_PORT = 8080;
const AGENT_PORT = 7800;
const EVERYBODY = { address: "255.255.255.255" as Ipv4, port: 67 };
const DHCP_RETRY_MS = 4000;

const settings: MachinesSettings = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const keys = generateSshKey("played");
const waiting = new Map<number, (yiaddr: string, server: string) => void>();
let lastXid = 0;

const udp = await UdpSocket.open({
  interface: settings.interface,
  port: 68,
  onDatagram: ({ bytes }) => {
    const packet = decodeDhcp(bytes);
    if (!packet.ok) return;
    const { xid, yiaddr, options } = packet.value;
    waiting.get(xid)?.(yiaddr, options.get(54)?.join(".") ?? "");
  },
  onFault: () => {},
});
const around: Surroundings = {
  appliance: settings.appliance,
  agentPort: AGENT_PORT,
  paces: settings.paces,
  image: settings.image,
  hostKey: keys.public.split(" ").slice(0, 2).join(" "),
  netboot,
};
const machines = settings.machines.map((one) => new Machine(one.name, one, around));
const byName = new Map(machines.map((machine) => [machine.name, machine]));
const byAddress = new Map(machines.map((machine) => [machine.address, machine]));
servePower();
serveSsh();
process.stdout.write("ready\n");
await text(process.stdin);
const played = machines.map(({ name, ownMs }) => ({ name, ownMs }));
process.stdout.write(`${JSON.stringify({ machines: played })}\n`, () => process.exit(0));

/** DISCOVER, REQUEST, then the script of the machine, from its own address. */
async function netboot({ mac, address }: Machine): Promise<BootScript> {
  const offer = await exchange({ message: "discover", mac, options: PXE_BIOS });
  const { yiaddr, server } = offer;
  await exchange({ message: "request", mac, requested: yiaddr, server, options: PXE_BIOS });
  const script = await fetchText(`/boot/${mac.replaceAll(":", "-")}.ipxe`, address);
  const [, token] = /brigade\.token=([0-9a-f]+)/.exec(script) ?? [];
  const [, keyDigest] = /brigade\.key=([0-9a-f]+)/.exec(script) ?? [];
  return token !== undefined && keyDigest !== undefined ? { token, keyDigest } : "disk";
}

async function exchange(says: ClientSays): Promise<{ readonly yiaddr: string; readonly server: string }> {
  const xid = ++lastXid;
  const { promise, resolve } = Promise.withResolvers<{ yiaddr: string; server: string }>();
  waiting.set(xid, (yiaddr, server) => resolve({ yiaddr, server }));
  const say = (): void =>
    udp.send(encodeDhcp({ ...clientPacket({ ...says, broadcast: true }), xid }), EVERYBODY);
  say();
  const again = setInterval(say, DHCP_RETRY_MS);
  return promise.finally(() => {
    clearInterval(again);
    waiting.delete(xid);
  });
}

async function fetchText(path: string, localAddress: string): Promise<string> {
  const asking = request({ host: settings.appliance, port: BOOT_PORT, path, localAddress, agent: false });
  asking.end();
  const [answer] = await once(asking, "response");
  return text(answer);
}

function servePower(): void {
  createServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", (line: Buffer) => {
      const [name = "", verb = ""] = line.toString().trim().split(" ");
      client.end(byName.get(name)?.power(verb) ?? "");
    });
  }).listen(settings.socket);
}

/** One server for all, with one key: refused at the addresses of machines whose system does not run. */
function serveSsh(): void {
  const server = new ssh.Server({ hostKeys: [keys.private] }, (client) => client.on("error", () => {}));
  createServer((socket) => {
    socket.on("error", () => socket.destroy());
    if (byAddress.get(socket.localAddress ?? "")?.hasSystem) server.injectSocket(socket);
    else socket.destroy();
  }).listen(22, "0.0.0.0");
}
