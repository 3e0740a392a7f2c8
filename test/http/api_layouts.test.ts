import { beforeEach, expect, test } from "vitest";
import { setup } from "./api_fixture.ts";

let { appliance, ask } = setup();
beforeEach(() => {
  ({ appliance, ask } = setup());
});

const TEXT =
  "description: mine\ntable: gpt\npartitions:\n  - { role: bios-boot, size: 1MiB }\n  - { role: root, size: rest }\n";

test("the program's layouts are listed, each with its file", async () => {
  const listed = (await ask("GET", "/layouts")).json;
  expect(listed.map(({ name }: { name: string }) => name)).toContain("raid1");
  expect((await ask("GET", "/layouts/lvm")).json).toMatchObject({
    bundled: true,
    parts: [
      "bios-boot 1 MiB",
      "esp vfat 260 MiB on /boot/efi",
      "boot ext4 512 MiB on /boot",
      "lvm-pv of system rest",
      "volume system/swap: swap 10%",
      "volume system/root: root ext4 70% on /",
    ],
    text: expect.stringContaining("GRUB reads it"),
  });
});

test("an own layout is added, seen, and removed", async () => {
  const added = await ask("POST", "/layouts", { name: "mine", text: TEXT });
  expect(added).toMatchObject({ status: 201 });
  expect((await ask("GET", "/layouts/mine")).json).toMatchObject({
    name: "mine",
    bundled: false,
    text: TEXT,
  });
  expect((await ask("DELETE", "/layouts/mine")).status).toBe(204);
  expect((await ask("GET", "/layouts/mine")).status).toBe(404);
  expect(appliance.events.map(({ kind }) => kind)).toEqual(["layoutAdded", "layoutRemoved"]);
});

test.each([
  ["a name that is taken", { name: "lvm", text: TEXT }, 409, "it is there already"],
  ["a name that leads elsewhere", { name: "../x", text: TEXT }, 400, "Cannot name a layout"],
  [
    "a file with a fault",
    { name: "x", text: "table: gpt\npartitions:\n  - { role: root }\n" },
    400,
    "line 3, column 5",
  ],
  ["no text", { name: "x" }, 400, "text"],
])("%s is refused", async (_, body, status, words) => {
  const refused = await ask("POST", "/layouts", body);
  expect(refused.status).toBe(status);
  expect(refused.json.detail).toContain(words);
  expect(appliance.events).toEqual([]);
});

test.each([
  ["lvm", "it is part of the program", 409],
  ["nothing", "No layout is called", 404],
])("removing %s is refused", async (name, words, status) => {
  const refused = await ask("DELETE", `/layouts/${name}`);
  expect(refused.status).toBe(status);
  expect(refused.json.detail).toContain(words);
});

test("a layout that is in use stays", async () => {
  await ask("POST", "/layouts", { name: "mine", text: TEXT });
  appliance.layoutsInUse.push("mine");
  const refused = await ask("DELETE", "/layouts/mine");
  expect(refused.json.detail).toBe('Cannot remove layout "mine": d1 installs with it');
});
