import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Node } from "#src/nodes/node.ts";
import { DATABASE_FILE, openStore, type Store } from "#src/store/store.ts";
import type { SkippedRow } from "#src/store/stored_rows.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const PASSWORD = "canary-p4ssword";
const NODE: Node = {
  name: "node1",
  macs: ["52:54:00:77:00:01" as Mac],
  status: "registered",
  address: "10.77.0.11" as Ipv4,
  firmware: "uefi",
  power: { driver: "ipmi", address: "10.77.0.201", port: 623, user: "admin", password: PASSWORD },
  kernelArguments: ["quiet"],
  groups: ["rack1"],
  dhcpOptions: ["mtu=9000"],
};
const COMMAND_NODE: Node = {
  name: "node2",
  macs: ["52:54:00:77:00:02" as Mac],
  status: "registered",
  address: undefined,
  firmware: undefined,
  power: { driver: "command", command: ["pdu", "{action}", "{node}"] },
  kernelArguments: [],
  groups: [],
  dhcpOptions: [],
};

let dir = "";
let opened: Store[] = [];
let skipped: SkippedRow[] = [];

async function open(where = dir): Promise<Store> {
  const store = await openStore(where, (row) => skipped.push(row));
  opened.push(store);
  return store;
}

/** What the next start sees. */
async function reopened(store: Store): Promise<Store> {
  await store.close();
  return open();
}

function withDatabase(work: (raw: DatabaseSync) => void): void {
  const raw = new DatabaseSync(join(dir, DATABASE_FILE));
  work(raw);
  raw.close();
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-store-"));
  opened = [];
  skipped = [];
});
afterEach(async () => {
  for (const store of opened) await store.close();
  rmSync(dir, { recursive: true });
});

test("groups are there after the next start as they were changed last", async () => {
  const store = await open();
  await store.groups.put({ name: "rack1", dhcpOptions: [] });
  await store.groups.put({ name: "rack2", dhcpOptions: [] });
  await store.groups.put({ name: "rack1", dhcpOptions: ["mtu=9000"], pinned: true });
  await store.groups.remove("rack2");
  expect((await reopened(store)).groups.all()).toEqual([
    { name: "rack1", dhcpOptions: ["mtu=9000"], pinned: true },
  ]);
});

test("what was written is there after the next start", async () => {
  const store = await open();
  const lease = { mac: NODE.macs[0] as Mac, address: "10.77.0.101" as Ipv4, clientId: "01ff" };
  await store.leases.put({ ...lease, expiresAtMs: 5, state: "bound" });
  await store.leases.put({ ...lease, expiresAtMs: 6, state: "declined" });
  await store.leases.put({ ...lease, address: "10.77.0.102" as Ipv4, expiresAtMs: 7, state: "bound" });
  await store.leases.remove("10.77.0.102" as Ipv4);
  await store.nodes.save({ put: [NODE, COMMAND_NODE] });
  const again = await reopened(store);
  expect(again.leases.all()).toEqual([{ ...lease, expiresAtMs: 6, state: "declined" }]);
  expect(again.nodes.all()).toEqual([NODE, COMMAND_NODE]);
  expect(skipped).toEqual([]);
});

test("a name may pass from one machine to another in one change", async () => {
  const store = await open();
  await store.nodes.save({ put: [{ ...COMMAND_NODE, name: "discovered-1" }] });
  await store.nodes.save({ remove: ["discovered-1"], put: [COMMAND_NODE] });
  expect((await reopened(store)).nodes.all()).toEqual([COMMAND_NODE]);
});

describe("secrets", () => {
  test("no BMC password is in any file, and only the owner reads the files", async () => {
    const store = await open();
    await store.nodes.save({ put: [NODE] });
    for (const name of readdirSync(dir)) {
      expect(readFileSync(join(dir, name)).includes(PASSWORD), name).toBe(false);
      expect(statSync(join(dir, name)).mode & 0o077, name).toBe(0);
    }
  });

  test("a password that was moved to another BMC's row does not open", async () => {
    const store = await open();
    const power = {
      driver: "ipmi",
      address: "10.77.0.202",
      port: 623,
      user: "admin",
      password: "x",
    } as const;
    const other: Node = { ...COMMAND_NODE, power };
    await store.nodes.save({ put: [NODE, other] });
    await store.close();
    withDatabase((raw) =>
      raw.exec(
        "update nodes set bmc_password = (select bmc_password from nodes where name = 'node1') where name = 'node2'",
      ),
    );
    const again = await open();
    expect(again.nodes.all()).toEqual([NODE, { ...other, power: undefined }]);
    expect(skipped).toMatchObject([
      { row: "node2", problem: expect.stringContaining("give all its power settings again") },
    ]);
  });

  test("keys for one purpose are the same after a restart and differ from others", async () => {
    const store = await open();
    const key = store.secrets.derive("broadcast d1");
    expect(store.secrets.derive("broadcast d2")).not.toEqual(key);
    expect((await reopened(store)).secrets.derive("broadcast d1")).toEqual(key);
  });
});

describe("start", () => {
  test("a newer database is refused with its version and is not touched", async () => {
    await (await open()).close();
    withDatabase((raw) => raw.exec("pragma user_version = 99"));
    await expect(open()).rejects.toThrow(/brigade.db": a newer Brigade made it \(schema 99/);
    withDatabase((raw) => expect(raw.prepare("pragma user_version").get()).toEqual({ user_version: 99 }));
  });

  test("another program's database is refused", async () => {
    withDatabase((raw) => raw.exec("create table t (a)"));
    await expect(open()).rejects.toThrow(/database of another program/);
  });

  test("a file that is no database is refused", async () => {
    writeFileSync(join(dir, DATABASE_FILE), "not a database, but long enough to be looked at ".repeat(100));
    await expect(open()).rejects.toThrow(/brigade.db": it is not a Brigade database, or it is damaged/);
  });

  test("a second appliance on the same folder is refused", async () => {
    await open();
    await expect(open()).rejects.toThrow(/another Brigade is using it; stop that one first/);
  });

  test("a folder that cannot be made is named", async () => {
    writeFileSync(join(dir, "file"), "");
    await expect(open(join(dir, "file", "data"))).rejects.toThrow(/Cannot make folder ".*file\/data"/);
  });

  test("one bad row is left out and reported, the others are there", async () => {
    const store = await open();
    await store.nodes.save({ put: [NODE, COMMAND_NODE] });
    await store.close();
    withDatabase((raw) => raw.exec("update nodes set macs = '[\"x\"]' where name = 'node1'"));
    expect((await open()).nodes.all()).toEqual([COMMAND_NODE]);
    expect(skipped).toEqual([{ table: "nodes", row: "node1", problem: "MAC cannot be read" }]);
  });
});

describe("writing", () => {
  test("a write that fails does not take its neighbours along", async () => {
    const store = await open();
    const clash = { ...COMMAND_NODE, name: "node3", address: NODE.address };
    const outcomes = await Promise.allSettled(
      [NODE, clash, COMMAND_NODE].map((node) => store.nodes.save({ put: [node] })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await reopened(store)).nodes.all()).toEqual([NODE, COMMAND_NODE]);
  });

  test("closing finishes what is under way and refuses what comes after", async () => {
    const store = await open();
    const writing = store.nodes.save({ put: [NODE] });
    const again = await reopened(store);
    await writing;
    expect(again.nodes.all()).toEqual([NODE]);
    await expect(store.nodes.save({ put: [NODE] })).rejects.toThrow("the store is closed");
  });
});

test("a full disk is an error that names the file, and writing goes on when there is space", async () => {
  const mount = join(dir, "small");
  mkdirSync(mount);
  expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).status).toBe(0);
  try {
    const store = await openStore(mount, (row) => skipped.push(row));
    const { bavail, bsize } = statfsSync(mount);
    writeFileSync(join(mount, "ballast"), Buffer.alloc((bavail - 4) * bsize));
    const many = Array.from({ length: 300 }, (_, index) => ({
      ...COMMAND_NODE,
      name: `n${index}`,
      kernelArguments: ["x".repeat(200)],
    }));
    const writing = store.nodes.save({ put: many });
    await expect(writing).rejects.toMatchObject({
      kind: "diskFull",
      message: `Cannot write "${mount}/brigade.db": the disk is full; free some space and try again`,
    });
    rmSync(join(mount, "ballast"));
    await store.nodes.save({ put: [NODE] });
    await store.close();
    const again = await openStore(mount, (row) => skipped.push(row));
    expect(again.nodes.all()).toEqual([NODE]);
    await again.close();
  } finally {
    spawnSync("umount", ["-l", mount]);
  }
});

test("nothing that was acknowledged is lost by SIGKILL", async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 8; round++) {
    const args = [join(import.meta.dirname, "writer_process.ts"), dir, String(0x0a00_0000 + round * 100_000)];
    const writer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    writer.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      // Somewhere in the midst of writing, elsewhere each time.
      if (text.length > 500 + 3000 * round) writer.kill("SIGKILL");
    });
    await once(writer, "close");
    acknowledged.push(...text.split("\n").slice(0, -1));
  }
  const kept = new Set((await open()).leases.all().map(({ address }) => String(address)));
  expect(acknowledged.length).toBeGreaterThan(1000);
  expect(acknowledged.filter((address) => !kept.has(address))).toEqual([]);
});
