import { expect } from "vitest";
import type { BootLab } from "./boot_lab.ts";
import { Machine } from "./machine.ts";
import type { ServedEvent } from "./namespaces.ts";

/** Emulated machines on two busy cores. */
const LIMIT_SEC = 120;

const has =
  (wanted: Partial<ServedEvent>) =>
  (event: ServedEvent): boolean =>
    Object.entries(wanted).every(([field, value]) => event[field] === value);

/** A BIOS machine whose ROM does not get its script at the first boot: at the next it loads our iPXE, once, and comes to `hello`. */
export async function expectChained(lab: BootLab): Promise<void> {
  const planned = await lab.addNode({});
  await lab.arm(planned.node);
  {
    using _blocked = lab.blockHttp();
    await using machine = new Machine(planned);
    await machine.shows("No more network devices", LIMIT_SEC);
  }
  await using machine = new Machine(planned);
  const console = (): string => machine.console;
  await lab.event(has({ kind: "loaderOffered", mac: planned.mac }), { console });
  await lab.event(has({ kind: "agentConnected", node: planned.node }), { console });
  expect(lab.events.filter(has({ kind: "loaderOffered", mac: planned.mac }))).toHaveLength(1);
}
