/** The whole program in proxy mode, beside a dnsmasq that gives the addresses. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import { isRoot, Wire } from "#test/boot/namespaces.ts";
import { ask, RawClient, udhcpc } from "#test/dhcp/clients.ts";
import { Dnsmasq } from "#test/dhcp/dnsmasq.ts";
import { type ClientSays, clientPacket, PXE_BIOS } from "#test/dhcp/packets.ts";
import { Serving } from "./serving.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-proxy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const UEFI: NonNullable<ClientSays["options"]> = [
  [60, Buffer.from("PXEClient:Arch:00007:UNDI:003000")],
  [93, Uint8Array.of(0, 7)],
];

test.skipIf(!isRoot)("the other server gives the address, and the proxy says what to boot", async () => {
  using wire = new Wire("px1");
  const theirs = wire.plug("them", { address: "10.77.0.9/24" });
  const ours = wire.plug("us", { address: "10.77.0.1/24" });
  const client = wire.plug("cl", { address: "10.77.0.66/24" });
  await using _other = await new Dnsmasq(theirs, "10.77.0.100,10.77.0.119").listening();
  await using serving = new Serving(ours, ["--interface", "eth0=proxy", "--data", join(folder, "d")]);
  await serving.says("beside another DHCP server");

  const offers = await ask(client, [{ options: PXE_BIOS }], { replies: 2, limitMs: 10_000 });
  const from = (server: string) => offers.find(({ facts }) => facts.serverId === server);
  expect(from("10.77.0.9")?.packet).toMatchObject({ yiaddr: expect.stringMatching(/^10\.77\.0\.1[01]\d$/) });
  expect(from("10.77.0.1")?.packet).toMatchObject({ yiaddr: "0.0.0.0", file: "loaders/undionly.kpxe" });

  const select: ClientSays = {
    ...{ message: "request", server: "10.77.0.9", requested: from("10.77.0.9")?.packet.yiaddr ?? "" },
    options: PXE_BIOS,
  };
  const acks = await ask(client, [select], { replies: 2, limitMs: 1500 });
  expect(acks.map(({ facts }) => facts.serverId)).toEqual(["10.77.0.9"]);
  await serving.says("52:54:00:00:00:01");

  for (const message of ["request", "inform"] as const) {
    const question = encodeDhcp(clientPacket({ message, ciaddr: "10.77.0.66", options: UEFI }));
    const send = [question.toString("hex")];
    const settings = { interface: "eth0", send, replies: 1, limitMs: 10_000, toPort: 4011 };
    await using binl = new RawClient(client, settings);
    const [answer = ""] = await binl.heard();
    const ack = decodeDhcp(Buffer.from(answer, "hex"));
    expect(ack.ok && ack.value).toMatchObject({
      ...{ yiaddr: "0.0.0.0", siaddr: "10.77.0.1", file: "loaders/snponly.efi" },
    });
  }
  const inform: ClientSays = { message: "inform", ciaddr: "10.77.0.66", options: UEFI };
  const told = await ask(client, [inform], { replies: 2, limitMs: 10_000 });
  expect(told.find(({ facts }) => facts.serverId === "10.77.0.1")?.packet.file).toBe("loaders/snponly.efi");
});

test.skipIf(!isRoot)("a machine that does not boot from the network sees the other server only", async () => {
  using wire = new Wire("px2");
  const theirs = wire.plug("them", { address: "10.77.0.9/24" });
  const ours = wire.plug("us", { address: "10.77.0.1/24" });
  const client = wire.plug("cl");
  await using _other = await new Dnsmasq(theirs, "10.77.0.100,10.77.0.119").listening();
  await using serving = new Serving(ours, ["--interface", "eth0=proxy", "--data", join(folder, "d")]);
  await serving.says("beside another DHCP server");
  const heard = await ask(client, [{}], { replies: 2, limitMs: 1500 });
  expect(heard.map(({ facts }) => facts.serverId)).toEqual(["10.77.0.9"]);
  expect((await udhcpc(client)).server).toBe("10.77.0.9");
});
