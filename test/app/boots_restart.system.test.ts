/** The whole program killed between two boots: what it saw, and what it learned of loaders, is there afterwards. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { BootsView } from "#src/http/boot_types.ts";
import { isRoot, run, Wire } from "#test/boot/namespaces.ts";
import { ask } from "#test/dhcp/clients.ts";
import type { ClientSays } from "#test/dhcp/packets.ts";
import { Serving } from "./serving.ts";

const MAC = "52:54:00:00:00:41";
const HTTP: NonNullable<ClientSays["options"]> = [
  [60, Buffer.from("HTTPClient:Arch:00016:UNDI:003000")],
  [93, Uint8Array.of(0, 16)],
];
const PXE: NonNullable<ClientSays["options"]> = [
  [60, Buffer.from("PXEClient:Arch:00007:UNDI:003000")],
  [93, Uint8Array.of(0, 7)],
];

/** Asks as firmware does. @returns what it is told to load */
async function asks(space: string, xid: number, options: NonNullable<ClientSays["options"]>) {
  const says = { mac: MAC, xid, options };
  const [offer] = await ask(space, [says], { replies: 1, limitMs: 10_000 });
  const requested = offer?.packet.yiaddr ?? "";
  const request: ClientSays = { ...says, message: "request", server: "10.77.0.1", requested };
  const [ack] = await ask(space, [request], { replies: 1, limitMs: 10_000 });
  return { address: requested, file: ack?.packet.file ?? "" };
}

test.skipIf(!isRoot)("boots and the loader ladder survive kill -9", async () => {
  using wire = new Wire("bsv");
  const space = wire.plug("srv", { address: "10.77.0.1/24" });
  const client = wire.plug("cl");
  const data = mkdtempSync(join(tmpdir(), "brigade-boots-"));
  const boots = (): BootsView => {
    const words = ["--no-warnings", "src/app/main.ts", "node", "boots", MAC, "--json", "--data", data];
    return JSON.parse(run("ip", "netns", "exec", space, process.execPath, ...words));
  };
  try {
    let seen: BootsView;
    {
      await using serving = new Serving(space, ["--data", data]);
      await serving.says("Serving");
      const { address, file } = await asks(client, 1, PXE);
      expect(file).toBe("loaders/snponly.efi");
      run("ip", "-n", client, "address", "add", `${address}/24`, "dev", "eth0");
      const curl = ["curl", "-s", "--max-time", "20", "-o", "/dev/null", `tftp://10.77.0.1/${file}`];
      execFileSync("ip", ["netns", "exec", client, ...curl]);
      await serving.says("fileSent");
      // The next entry of its boot order: what it loaded did not start.
      expect((await asks(client, 2, HTTP)).file).toBe("http://10.77.0.1:8080/loaders/ipxe.efi");
      seen = boots();
      expect(seen.boots.flatMap(({ entries }) => entries).map(({ kind }) => kind)).toContain("file");
      const lastAtMs = Math.max(...seen.boots.flatMap(({ entries }) => entries).map(({ atMs }) => atMs));
      while (!readFileSync(join(data, "brigade.db-wal")).includes(`${lastAtMs}`)) await pause(50);
      await serving.kill("SIGKILL");
    }
    await using again = new Serving(space, ["--data", data]);
    await again.says("Serving");
    const known = ({ boots }: BootsView) =>
      boots.map(({ startedAtMs, entries }) => ({ startedAtMs, entries }));
    expect(known(boots())).toEqual(known(seen));
    expect((await asks(client, 3, PXE)).file).toBe("loaders/ipxe.efi");
    expect(boots().boots.length).toBeGreaterThan(0);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
