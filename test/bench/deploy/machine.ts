/** One machine of many that a single process plays: power switch, firmware, agent, installed system. Disks and image bytes are not played. */
import type { Inventory } from "#src/agent/inventory.ts";
import type { Exited, Received } from "#src/agent/messages.ts";
import type { ReceiveRequest, RunRequest } from "#src/agent/requests.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { EmulatedAgent, INVENTORY, type JobVoice } from "#test/agent/emulated_agent.ts";

/** What a machine takes for itself, whatever the appliance does. */
export type Paces = {
  readonly firmwareMs: number;
  readonly kernelMs: number;
  readonly scriptMs: number;
  readonly receiveMs: number;
  readonly systemMs: number;
};

export type BootScript = { readonly token: string; readonly keyDigest: string } | "disk";

export type Surroundings = {
  readonly appliance: string;
  readonly agentPort: number;
  readonly paces: Paces;
  /** Of the image: what every machine says that it wrote. */
  readonly image: { readonly rawDigest: string; readonly rawBytes: number };
  /** `ssh-ed25519 BASE64` of the server that answers for all of them. */
  readonly hostKey: string;
  /** DHCP, then the script of the machine's own. */
  readonly netboot: (machine: Machine) => Promise<BootScript>;
};

/** @param isDead it can be switched on, and that is all */
export type Place = { readonly mac: string; readonly address: string; readonly isDead?: boolean };

const DONE: Exited = { code: 0, signal: null, timedOut: false, error: null };
const PROGRESS_EVERY_MS = 1000;
/** What the script that looks at disks says, with tabs between: see `look_text.ts`. */
const LOOK_ANSWER = [
  ["firmware", "uefi"],
  ["disk", "/dev/vda", "500000000000", "512", "0", "0", "virtio", "", "", "played", "pci-0000:00:04.0"],
]
  .map((fields) => `${fields.join("\t")}\n`)
  .join("");

export class Machine {
  readonly name: string;
  readonly mac: string;
  readonly address: string;
  /** The installed system answers. */
  hasSystem = false;
  /** What it took for itself so far. */
  ownMs = 0;
  /** Its agent, for a look at what was refused. */
  agent: EmulatedAgent | undefined;
  readonly #around: Surroundings;
  readonly #isDead: boolean;
  #on = false;
  #isInstalled = false;
  #bootsFrom: "network" | "disk" = "disk";
  /** Which start this is: what an older one began counts no more. */
  #start = 0;

  constructor(name: string, where: Place, around: Surroundings) {
    this.name = name;
    this.mac = where.mac;
    this.address = where.address;
    this.#isDead = where.isDead ?? false;
    this.#around = around;
  }

  /** A verb of the appliance's power command. @returns what it prints */
  power(verb: string): string {
    switch (verb) {
      case "status":
        return this.#on ? "on" : "off";
      case "pxe":
      case "disk":
        this.#bootsFrom = verb === "pxe" ? "network" : "disk";
        return "";
      case "off":
        this.#off();
        return "";
      case "on":
        if (!this.#on) this.#boot();
        return "";
      default:
        if (this.#on) this.#boot();
        return "";
    }
  }

  #off(): void {
    this.#on = false;
    this.#start++;
    this.hasSystem = false;
    this.agent?.[Symbol.dispose]();
    this.agent = undefined;
  }

  #boot(): void {
    this.#off();
    this.#on = true;
    if (this.#isDead) return;
    const start = this.#start;
    void this.#powerOnSelfTest(start).catch((fault) => {
      process.stderr.write(`${this.name}: ${fault}\n`);
    });
  }

  async #powerOnSelfTest(start: number): Promise<void> {
    const { firmwareMs, kernelMs, systemMs } = this.#around.paces;
    await this.#take(firmwareMs);
    if (start !== this.#start) return;
    const script = this.#bootsFrom === "network" ? await this.#around.netboot(this) : "disk";
    // The boot device holds for one start.
    this.#bootsFrom = "disk";
    if (start !== this.#start) return;
    if (script !== "disk") {
      await this.#take(kernelMs);
      if (start === this.#start) this.#callAppliance(script);
    } else if (this.#isInstalled) {
      await this.#take(systemMs);
      if (start === this.#start) this.hasSystem = true;
    }
  }

  #callAppliance({ token, keyDigest }: Exclude<BootScript, "disk">): void {
    const { agentPort, appliance } = this.#around;
    this.agent = new EmulatedAgent({
      ...{ port: agentPort, address: appliance, localAddress: this.address, keyDigest, token },
      bootMac: this.mac,
      inventory: inventoryOf(this),
      run: (request, voice) => this.#run(request, voice),
      receive: (request, voice) => this.#receive(request, voice),
      onLeave: () => this.#boot(),
    });
  }

  async #run({ id }: RunRequest, voice: JobVoice): Promise<Exited> {
    await this.#take(this.#around.paces.scriptMs);
    if (id.includes("/partition/")) voice.output("stdout", LOOK_ANSWER);
    if (id.includes("/ssh-keys/")) voice.output("stdout", `host-key ${this.#around.hostKey}\n`);
    return DONE;
  }

  async #receive(_: ReceiveRequest, voice: JobVoice): Promise<Received> {
    const { paces, image } = this.#around;
    voice.listening(7801);
    const looks = Math.max(1, Math.round(paces.receiveMs / PROGRESS_EVERY_MS));
    for (let look = 1; look <= looks; look++) {
      await this.#take(paces.receiveMs / looks);
      const part = Math.round((image.rawBytes * look) / looks);
      voice.progress({
        ...{ chunks: look, chunkCount: looks, rawBytesWritten: part, bytesReceived: part, bytesSent: 0 },
        upstream: voice.upstreams()[0] ?? null,
      });
    }
    this.#isInstalled = true;
    const { rawDigest, rawBytes } = image;
    return { ok: true, rawDigest, rawBytes, fromBytes: {}, sentBytes: 0, ms: paces.receiveMs, error: null };
  }

  async #take(ms: number): Promise<void> {
    this.ownMs += ms;
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

const DISK = {
  ...{ name: "/dev/vda", bytes: 500e9, sectorBytes: 512, model: "played", serial: "", wwn: "" },
  ...{ rotational: false, removable: false },
};

const inventoryOf = ({ name, mac, address }: Machine): Inventory => ({
  ...INVENTORY,
  dmi: { vendor: "Played", product: "Machine", serial: name, uuid: "" },
  nics: [
    {
      ...{ name: "eth0", mac: mac as Mac, speedMbit: 1000, carrier: true, driver: "played", pciPath: "" },
      address: address as Ipv4,
    },
  ],
  disks: [DISK],
});
