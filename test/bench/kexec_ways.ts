/**
 * Into the ramdisk and into the new system: by the firmware and past it, side by side, on emulated machines (one BIOS, one
 * UEFI) one after the other, so that none waits for the other's processor. Root; needs out/boot and the image.
 *
 *     node test/bench/kexec_ways.ts [ROUNDS]
 *
 * Also what lies between the last byte of the image and the start of phase 3.
 */
import type { DeploymentView, NodeProgressView } from "#src/http/deployment_types.ts";
import { Appliance, makeKey } from "../lab/demo/appliance.ts";
import { startLab } from "../lab/lab.ts";

const ROUNDS = Number(process.argv[2] ?? 2);
const BRIGADE = ["node", "src/app/main.ts"];
const KERNEL_ARGUMENTS = ["no_timer_check", "clocksource=acpi_pm"];
const BY_REBOOT = ["--ramdisk-by", "reboot", "--system-by", "reboot"];
const BY_KEXEC = ["--ramdisk-by", "kexec", "--system-by", "kexec"];
const AFTER_IMAGE = ["identity", "ssh-keys", "boot-loader", "sync"];

type Figures = { readonly into: number; readonly out: number; readonly between: number };

const lab = await startLab({ nodes: 2, directory: "out/lab/bench-ways" });
const figures = new Map<string, Figures[]>();
try {
  const appliance = new Appliance(lab, BRIGADE);
  await appliance.start();
  for (const node of lab.nodes) await appliance.addNode(node, KERNEL_ARGUMENTS);
  await appliance.brigade("image", "import", "out/images/debian-12.tar.zst", "--name", "debian-12");
  const key = await makeKey(lab.directory);
  const deploy = async (node: string, ways: readonly string[]): Promise<Figures> => {
    const words = ["deploy", "debian-12", "--nodes", node, "--key", `${key}.pub`, "--json", ...ways];
    const { progress }: DeploymentView = JSON.parse(await appliance.brigade(...words));
    const [only] = progress;
    if (!only) throw new Error(`${node} is not in its deployment`);
    return figuresOf(only);
  };
  for (const { name, firmware } of lab.nodes) {
    // What is on the disk decides what the next one begins from.
    await deploy(name, BY_REBOOT);
    for (let round = 0; round < ROUNDS; round++) {
      note(`${firmware}, two reboots`, await deploy(name, BY_REBOOT));
      note(`${firmware}, two kexecs`, await deploy(name, BY_KEXEC));
    }
    await appliance.brigade("power", "off", name);
  }
  await appliance.stop();
} finally {
  await lab.stop();
}
print();

function note(what: string, found: Figures): void {
  figures.set(what, [...(figures.get(what) ?? []), found]);
  const { into, out, between } = found;
  process.stderr.write(
    `${what}: into ${into.toFixed(1)} s, out ${out.toFixed(1)} s, between ${between.toFixed(1)} s\n`,
  );
}

function figuresOf({ node, records }: NodeProgressView): Figures {
  const failed = records.find(({ why }) => why !== undefined);
  if (failed) throw new Error(`${node}: ${failed.step} failed: ${failed.why}`);
  const seconds = (wanted: (record: (typeof records)[number]) => boolean): number =>
    records.filter(wanted).reduce((sum, { tookMs }) => sum + tookMs / 1000, 0);
  return {
    into: seconds(({ phase }) => phase === 1),
    out: seconds(({ phase }) => phase === 3),
    between: seconds(({ step }) => AFTER_IMAGE.includes(step)),
  };
}

function print(): void {
  const heads = ["into ramdisk", "into system", "both", "image to phase 3"];
  process.stdout.write(
    `${"seconds, best of rounds".padEnd(28)}${heads.map((head) => head.padStart(18)).join("")}\n`,
  );
  const least = (all: readonly Figures[], of: (one: Figures) => number): number => Math.min(...all.map(of));
  const boths = new Map<string, number>();
  for (const [what, all] of figures) {
    const both = least(all, ({ into, out }) => into + out);
    boths.set(what, both);
    const values = [
      least(all, ({ into }) => into),
      least(all, ({ out }) => out),
      both,
      least(all, ({ between }) => between),
    ];
    process.stdout.write(
      `${what.padEnd(28)}${values.map((value) => value.toFixed(1).padStart(18)).join("")}\n`,
    );
  }
  for (const firmware of ["bios", "uefi"]) {
    const [kexecs = 0, reboots = 1] = ["two kexecs", "two reboots"].map((way) =>
      boths.get(`${firmware}, ${way}`),
    );
    process.stdout.write(
      `${firmware}: kexecs take ${Math.round((100 * kexecs) / reboots)} % of the reboots\n`,
    );
  }
}
