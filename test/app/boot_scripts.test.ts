/** Who is given a script with a token, and who is told why not. */
import { expect, test } from "vitest";
import { type BootScriptsOptions, bootScriptFor } from "#src/app/boot_scripts.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const MAC = "52:54:00:77:00:01" as Mac;
const PEER = "10.77.0.11" as Ipv4;
const REQUEST = { mac: MAC, peer: PEER, server: "10.77.0.1" as Ipv4, via: "http" } as const;

function setup(change: Partial<BootScriptsOptions> = {}) {
  const minted: string[] = [];
  const events: ApplianceEvent[] = [];
  const options: BootScriptsOptions = {
    agents: { port: 7800, keyDigest: "ab" },
    nodeByMac: () => ({ name: "node1", macs: [MAC], status: "registered", kernelArguments: [] }),
    profileOf: () => ({ kind: "ramdisk", deployment: "d1", mode: "install" }),
    started: () => undefined,
    holds: () => true,
    whyHeld: () => undefined,
    mint: async ({ node }) => {
      minted.push(node);
      return "TOKEN";
    },
    record: (event) => events.push(event),
    ...change,
  };
  return { script: () => bootScriptFor(options, REQUEST), minted, events };
}

test("the machine that is waited for gets its token", async () => {
  const { script, minted } = setup();
  expect(await script()).toMatchObject({ kind: "ramdisk", node: "node1" });
  expect(minted).toEqual(["node1"]);
});

test.each<readonly [string, Partial<BootScriptsOptions>, string]>([
  ["nobody knows", { nodeByMac: () => undefined }, "is not known here yet"],
  ["is not at the address of that MAC", { holds: () => false }, "goes only to the address"],
  ["is held", { whyHeld: () => "node1 moved" }, "node1 is held: node1 moved"],
])("one that %s gets none, and is told why", async (_, change, because) => {
  const { script, minted } = setup(change);
  expect(await script()).toMatchObject({ kind: "refusal", because: expect.stringContaining(because) });
  expect(minted).toEqual([]);
});

test("a machine that is held and that nobody waits for boots from its disk", async () => {
  const profileOf: BootScriptsOptions["profileOf"] = () => ({ kind: "localDisk", because: "no deployment" });
  const { script } = setup({ whyHeld: () => "node1 moved", profileOf });
  expect(await script()).toMatchObject({ kind: "localDisk" });
});
