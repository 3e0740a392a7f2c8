/** Real firmware on another network: DHCP through Debian's isc-dhcp-relay, the rest through its router. */
import { expect, test } from "vitest";
import { plugTogether, Relay } from "#test/dhcp/dhcp_relay.ts";
import { BootLab } from "./boot_lab.ts";
import { Wire } from "./namespaces.ts";

const CONFIG = `
interfaces:
  - name: eth0
subnets:
  - subnet: 10.88.0.0/24
    interface: eth0
    pool: 10.88.0.100-10.88.0.199
    router: 10.88.0.1
`;

test("UEFI, OVMF's own PXE, behind a relay", async () => {
  await using lab = await BootLab.start("relay", { config: CONFIG });
  using far = new Wire("relayfar");
  await using _relay = await new Relay(plugTogether(lab.wire, far, lab.space), "10.77.0.1").listening();
  far.tap("far1");
  await using machine = await lab.powerOn({
    firmware: "uefi",
    withoutRom: true,
    space: far.switch,
    tap: "far1",
  });
  const hello = await lab.event(({ kind, node }) => kind === "agentConnected" && node === machine.node, {
    console: () => machine.console,
  });
  expect(hello.address).toMatch(/^10\.88\.0\.1\d\d$/);
});
