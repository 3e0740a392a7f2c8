/** The whole program on several networks: each node gets the address of the appliance on its own one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isRoot, run, Wire } from "#test/boot/namespaces.ts";
import { ask } from "#test/dhcp/clients.ts";
import { PXE_BIOS } from "#test/dhcp/packets.ts";
import { Serving } from "./serving.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-nets-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const IPXE = [...PXE_BIOS, [77, Buffer.from("iPXE")] as const];
const wget = (space: string, url: string): string =>
  run("ip", "netns", "exec", space, "curl", "-s", "--max-time", "10", url);

async function scriptUrlIn(space: string): Promise<string> {
  const [offer] = await ask(space, [{ mac: "52:54:00:00:00:31", options: IPXE }], {
    replies: 1,
    limitMs: 10_000,
  });
  return offer?.packet.file ?? "";
}

test.skipIf(!isRoot)("two interfaces: no answer names the address of the other one", async () => {
  using left = new Wire("nw1a");
  using right = new Wire("nw1b");
  const space = left.plug("srv", { address: "10.77.0.1/24" });
  right.plug(space, { device: "eth1", address: "10.88.0.1/24" });
  const clients = [
    left.plug("cl", { address: "10.77.0.9/24" }),
    right.plug("cl", { address: "10.88.0.9/24" }),
  ];
  await using serving = new Serving(space, [
    "--interface",
    "eth0",
    "--interface",
    "eth1",
    "--data",
    join(folder, "d"),
  ]);
  await serving.says("10.88.0.128 to 10.88.0.254");
  for (const [index, net] of ["10.77.0", "10.88.0"].entries()) {
    const client = clients[index] ?? "";
    const url = await scriptUrlIn(client);
    expect(url).toBe(`http://${net}.1:8080/boot/52-54-00-00-00-31.ipxe`);
    expect(wget(client, url)).toContain("is not known here yet");
    const autoexec = run(
      "ip",
      "netns",
      "exec",
      client,
      "curl",
      "-s",
      "--max-time",
      "10",
      `tftp://${net}.1/autoexec.ipxe`,
    );
    expect(autoexec).toContain(`http://${net}.1:8080/`);
    for (const port of [7800, 7802]) {
      // Connects, and says nothing.
      run("ip", "netns", "exec", client, "bash", "-c", `exec 3<>/dev/tcp/${net}.1/${port}`);
    }
  }
});

test.skipIf(!isRoot)(
  "a file says interfaces and subnets; what is wrong in it is told with its line",
  async () => {
    using wire = new Wire("nw2");
    const space = wire.plug("srv", { address: "10.77.0.1/24" });
    const client = wire.plug("cl");
    const file = join(folder, "net.yaml");
    const subnet = "subnets:\n  - subnet: 10.77.0.0/24\n    interface: eth0\n    router: 10.77.0.254\n";
    writeFileSync(file, `interfaces:\n  - name: eth0\n${subnet}    pool: all\n`);
    await using wrong = new Serving(space, ["--config", file, "--data", join(folder, "d")]);
    expect(await wrong.ended()).toEqual({
      code: 2,
      err: `Cannot use "${file}", line 7, subnets[0].pool: wants FIRST-LAST, for example 10.77.0.100-10.77.0.199\n`,
    });
    writeFileSync(file, `interfaces:\n  - name: eth0\n${subnet}    pool: 10.77.0.50-10.77.0.59\n`);
    await using serving = new Serving(space, ["--config", file, "--data", join(folder, "d")]);
    await serving.says("get 10.77.0.50 to 10.77.0.59");
    const [offer] = await ask(client, [{ mac: "52:54:00:00:00:31" }], { replies: 1, limitMs: 10_000 });
    expect(offer?.packet.yiaddr).toMatch(/^10\.77\.0\.5\d$/);
    expect(Buffer.from(offer?.packet.options.get(3) ?? []).toString("hex")).toBe("0a4d00fe");
  },
);
