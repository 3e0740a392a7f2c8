import { expect, test } from "vitest";
import type { Node } from "#src/nodes/node.ts";
import { MemoryNodeStore, type NodeChange } from "#src/nodes/node_store.ts";
import { MAX_DISCOVERED, type NewNode, type NodeEvent, NodeRegistry } from "#src/nodes/registry.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const MAC_1 = "52:54:00:77:00:01" as Mac;
const MAC_2 = "52:54:00:77:00:02" as Mac;
const ADDRESS_1 = "10.77.0.11" as Ipv4;

function setup(store: MemoryNodeStore = new MemoryNodeStore()) {
  const events: NodeEvent[] = [];
  const registry = new NodeRegistry({
    store,
    isGroup: (name) => name === "rack1",
    whyNotOption: (text) => (text.includes("=") ? undefined : "wants NAME=VALUE"),
    whyNotAddress: (address) => (address.startsWith("10.77.0.") ? undefined : "it is not in 10.77.0.0/24"),
    record: (event) => events.push(event),
  });
  return { registry, store, events };
}

const asked = (change: Partial<NewNode> = {}): NewNode => ({
  name: "node1",
  macs: [MAC_1],
  kernelArguments: [],
  ...change,
});

/** A store whose disk is full while `full` is true. */
class FullNodeStore extends MemoryNodeStore {
  full = true;

  override async save(change: NodeChange): Promise<void> {
    if (this.full) throw new Error("Cannot write brigade.db: disk full");
    await super.save(change);
  }
}

test("an added node is found by name and MAC, and is stored", async () => {
  const { registry, store, events } = setup();
  const added = await registry.add(asked({ address: ADDRESS_1 }));
  expect(added).toMatchObject({ ok: true, node: { status: "registered", address: ADDRESS_1 } });
  expect(registry.byMac(MAC_1)?.name).toBe("node1");
  expect(registry.byName("node1")).toBe(registry.byMac(MAC_1));
  expect(registry.byAddress(ADDRESS_1)?.name).toBe("node1");
  expect(registry.withoutAddress()).toBe(0);
  expect(store.all()).toMatchObject([{ name: "node1" }]);
  expect(events).toEqual([{ kind: "nodeAdded", node: "node1" }]);
});

const REFUSED: readonly (readonly [why: string, change: Partial<NewNode>, problem: object])[] = [
  ["name taken", { macs: [MAC_2] }, { kind: "nameTaken", name: "node1" }],
  ["MAC taken", { name: "node2" }, { kind: "macTaken", mac: MAC_1, node: "node1" }],
  [
    "address taken",
    { name: "node2", macs: [MAC_2], address: ADDRESS_1 },
    { kind: "addressTaken", address: ADDRESS_1, node: "node1" },
  ],
  [
    "address of another network",
    { name: "node2", macs: [MAC_2], address: "10.78.0.1" as Ipv4 },
    { kind: "addressUnusable", why: "it is not in 10.77.0.0/24" },
  ],
  ["no MAC", { name: "node2", macs: [] }, { kind: "noMac" }],
  ["group MAC", { name: "node2", macs: ["01:00:5e:00:00:01" as Mac] }, { kind: "badMac" }],
  ["name with a slash", { name: "../node2", macs: [MAC_2] }, { kind: "badName" }],
  ["name in capitals", { name: "Node2", macs: [MAC_2] }, { kind: "badName" }],
  ["name too long for a host", { name: "n".repeat(64), macs: [MAC_2] }, { kind: "badName" }],
  [
    "kernel argument with a newline",
    { name: "node2", macs: [MAC_2], kernelArguments: ["quiet\nboot"] },
    { kind: "badKernelArgument" },
  ],
  [
    "kernel argument of ours",
    { name: "node2", macs: [MAC_2], kernelArguments: ["brigade.key=00"] },
    { kind: "badKernelArgument" },
  ],
  [
    "a group that is not there",
    { name: "node2", macs: [MAC_2], groups: ["rack1", "rack2"] },
    { kind: "unknownGroup", group: "rack2" },
  ],
  [
    "a DHCP option that is none",
    { name: "node2", macs: [MAC_2], dhcpOptions: ["mtu"] },
    { kind: "badOption", option: "mtu", why: "wants NAME=VALUE" },
  ],
];

test.each(REFUSED)("refuses: %s", async (_, change, problem) => {
  const { registry } = setup();
  await registry.add(asked({ address: ADDRESS_1 }));
  const before = registry.all();
  expect(await registry.add(asked(change))).toMatchObject({ ok: false, problem });
  expect(registry.all()).toEqual(before);
});

test("an unknown machine becomes discovered, once, and is stored behind", async () => {
  const { registry, store, events } = setup();
  expect(registry.discover(MAC_1, "uefi")).toMatchObject({
    name: "discovered-525400770001",
    status: "discovered",
  });
  registry.discover(MAC_1, "uefi");
  await registry.settled();
  expect(store.all()).toHaveLength(1);
  expect(events).toEqual([{ kind: "nodeDiscovered", node: "discovered-525400770001", mac: MAC_1 }]);
});

test("a machine that changes its firmware setting is the same node with other firmware", async () => {
  const { registry, store } = setup();
  await registry.add(asked());
  registry.discover(MAC_1, "bios");
  registry.discover(MAC_1, undefined);
  await registry.settled();
  expect(registry.byName("node1")).toMatchObject({ firmware: "bios", status: "registered" });
  expect(store.all()).toMatchObject([{ firmware: "bios" }]);
});

test("adding a discovered machine adopts it and keeps what was learned", async () => {
  const { registry, store } = setup();
  registry.discover(MAC_1, "uefi");
  expect(await registry.add(asked())).toMatchObject({ ok: true, node: { firmware: "uefi" } });
  await registry.settled();
  expect(registry.all().map(({ name }) => name)).toEqual(["node1"]);
  expect(store.all().map(({ name }) => name)).toEqual(["node1"]);
});

test("renaming a discovered machine adopts it too", async () => {
  const { registry, store } = setup();
  registry.discover(MAC_1, "bios");
  const changed = await registry.update("discovered-525400770001", { name: "node1" });
  expect(changed).toMatchObject({
    ok: true,
    node: { name: "node1", status: "registered", firmware: "bios" },
  });
  expect(registry.byName("discovered-525400770001")).toBeUndefined();
  expect(store.all().map(({ name }) => name)).toEqual(["node1"]);
});

test("a patch changes what it names, and null takes away", async () => {
  const { registry } = setup();
  await registry.add(asked({ address: ADDRESS_1, kernelArguments: ["quiet"] }));
  await registry.update("node1", { address: null, macs: [MAC_2] });
  const node = registry.byName("node1");
  expect(registry.byAddress(ADDRESS_1)).toBeUndefined();
  expect(registry.withoutAddress()).toBe(1);
  expect(node).toMatchObject({ macs: [MAC_2], kernelArguments: ["quiet"] });
  expect(node?.address).toBeUndefined();
  expect(registry.byMac(MAC_1)).toBeUndefined();
  expect(await registry.update("node9", {})).toEqual({
    ok: false,
    problem: { kind: "unknownNode", node: "node9" },
  });
});

test("of two operators who take one name at once, one wins", async () => {
  const { registry } = setup();
  const both = await Promise.all([registry.add(asked()), registry.add(asked({ macs: [MAC_2] }))]);
  expect(both.map(({ ok }) => ok)).toEqual([true, false]);
});

test("a change that cannot be stored did not happen, and the next one can", async () => {
  const store = new FullNodeStore();
  const { registry } = setup(store);
  await expect(registry.add(asked())).rejects.toThrow("disk full");
  expect(registry.all()).toEqual([]);
  store.full = false;
  expect(await registry.add(asked())).toMatchObject({ ok: true });
});

test("a discovery that cannot be stored is served all the same, and reported", async () => {
  const { registry, events } = setup(new FullNodeStore());
  expect(registry.discover(MAC_1, "bios")).toMatchObject({ status: "discovered" });
  await registry.settled();
  expect(events.at(-1)).toMatchObject({ kind: "storeFailed" });
});

test("a machine that invents MACs cannot fill the memory", async () => {
  const { registry } = setup();
  const mac = (index: number): Mac => `52:54:01:00:${pair(index >> 8)}:${pair(index & 0xff)}` as Mac;
  const seen = Array.from({ length: MAX_DISCOVERED + 1 }, (_, index) =>
    registry.discover(mac(index), "bios"),
  );
  expect(seen.filter((node) => node === undefined)).toHaveLength(1);
  const node: Node | undefined = seen[0];
  await registry.remove(node?.name ?? "");
  expect(registry.discover(mac(MAX_DISCOVERED), "bios")).toBeDefined();
});

const pair = (byte: number): string => byte.toString(16).padStart(2, "0");

test("an address is a BMC's as long as one node says so", async () => {
  const { registry } = setup();
  const address = "10.77.0.201" as Ipv4;
  const power = { driver: "ipmi", address, port: 623, user: "admin", password: "secret" } as const;
  await registry.add(asked({ power }));
  await registry.add(asked({ name: "node2", macs: [MAC_2], power }));
  await registry.remove("node1");
  expect(registry.isBmcAddress(address)).toBe(true);
  await registry.update("node2", { power: null });
  expect(registry.isBmcAddress(address)).toBe(false);
});
