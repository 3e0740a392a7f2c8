/** Real firmware that was given a loader which does not start: it gets the next one, and comes to the agent's `hello`. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BootLab } from "./boot_lab.ts";

test("UEFI, OVMF's own PXE with half a loader, then its HTTP Boot with the next one", async () => {
  await using lab = await BootLab.start("ladder", {
    prepareFiles: (folder) => {
      cpSync("out/boot", folder, { recursive: true });
      const broken = join(folder, "loaders/snponly.efi");
      const whole = readFileSync(broken);
      writeFileSync(broken, whole.subarray(0, whole.length / 2));
    },
  });
  await using machine = await lab.powerOn({ firmware: "uefi", withoutRom: true, httpBoot: "afterPxe" });
  const console = (): string => machine.console;
  await lab.event(({ kind }) => kind === "loaderFailed", { console });
  await lab.event(({ kind, node }) => kind === "agentConnected" && node === machine.node, { console });
  const told = lab.events.filter(({ kind }) => kind === "loaderOffered" || kind === "loaderFailed");
  expect(told.map(({ kind, file, next = "" }) => `${kind} ${file} ${next}`.trim())).toEqual([
    "loaderOffered loaders/snponly.efi",
    "loaderFailed loaders/snponly.efi loaders/ipxe.efi",
    "loaderOffered http://10.77.0.1:8080/loaders/ipxe.efi",
  ]);
});
