/** The C agent hears the real lldpd on a cable, and tells the hub without being asked. Needs out/agent/brigade-agent, root, lldpd. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Inventory } from "#src/agent/inventory.ts";
import { decodeLldp } from "#src/fabric/lldp.ts";
import { RealLldpd } from "#test/fabric/real_lldpd.ts";
import { HubFixture } from "./hub_fixture.ts";

const CARD = "card0";
const soon = { timeout: 20_000, interval: 100 };

let fixture: HubFixture;
let agent: ChildProcess;
let lldpd: RealLldpd | undefined;
let inventories: Inventory[];
beforeEach(async () => {
  inventories = [];
  fixture = await HubFixture.start({ onInventory: (_, inventory) => void inventories.push(inventory) });
  agent = spawn(
    "out/agent/brigade-agent",
    [
      ...["--appliance", `127.0.0.1:${fixture.hub.port}`, "--key", fixture.identity.keyDigest],
      ...["--token", fixture.admissions.mint("node1"), "--mac", "52:54:00:00:00:01", "--data-port", "0"],
      "--dry-leave",
    ],
    { stdio: "ignore" },
  );
  await fixture.hub.waitForAgent("node1", AbortSignal.timeout(15_000));
});
afterEach(async () => {
  agent.kill("SIGKILL");
  await once(agent, "exit");
  await lldpd?.[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

const names = (): readonly string[] =>
  (inventories.at(-1)?.lldp ?? [])
    .filter(({ nic }) => nic === CARD)
    .map(({ frame }) => {
      const decoded = decodeLldp(Buffer.from(frame, "hex"));
      return decoded.ok ? `${decoded.value.systemName}` : "bad";
    });

test("a switch that is heard after hello is told, and its goodbye too", async () => {
  expect(names()).toEqual([]);
  // The card comes when the agent runs already, as cards of slow drivers do.
  lldpd = RealLldpd.start({ name: "leaf1", card: CARD, port: "swp7" });
  await vi.waitFor(() => expect(names()).toEqual(["leaf1"]), soon);
  const told = inventories.length;
  expect(inventories.at(-1)?.memBytes).toBe(inventories[0]?.memBytes);
  await lldpd[Symbol.asyncDispose]();
  lldpd = undefined;
  // Its card goes with it: the goodbye comes before, or the frame ends with its time to live.
  await vi.waitFor(() => expect(names()).toEqual([]), soon);
  // A frame a second, of which only what was new was told.
  expect(inventories.length - told).toBeLessThan(4);
});
