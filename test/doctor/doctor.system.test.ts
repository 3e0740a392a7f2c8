/** The doctor against real things: another server, taken ports, limits of the kernel, addresses used twice. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import type { FindingView } from "#src/http/doctor_types.ts";
import { isRoot, run, Wire } from "#test/boot/namespaces.ts";

const BRIGADE = [process.execPath, "--disable-warning=ExperimentalWarning", "src/app/main.ts"];

/** Most of a look is waiting for answers, so the tests share that time; each has a folder of its own. */
class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "brigade-doctor-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

type Told = { readonly code: number; readonly findings: readonly FindingView[] };

/** `brigade doctor … --json` in a namespace, after `before`, a line of shell. */
function doctor(space: string, words: readonly string[], before = "true"): Promise<Told> {
  const line = [...BRIGADE, "doctor", "--json", ...words].join(" ");
  return new Promise((resolve, reject) => {
    execFile("ip", ["netns", "exec", space, "sh", "-c", `${before} && ${line}`], (fault, stdout, stderr) => {
      const code = fault ? Number(fault.code) : 0;
      if (stdout === "") reject(new Error(`It said nothing (${code}): ${stderr}`));
      else resolve({ code, findings: JSON.parse(stdout).findings });
    });
  });
}

const checks = ({ findings }: Told): readonly string[] => findings.map(({ check }) => check);
const found = ({ findings }: Told, check: string): string =>
  findings.find((finding) => finding.check === check)?.found ?? "nothing";

/** A program in a namespace that has begun when it prints `text`. */
class Running implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(space: string, text: string, ...argv: readonly string[]): Promise<Running> {
    const child = spawn("ip", ["netns", "exec", space, "sh", "-c", '"$@" 2>&1', "sh", ...argv], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    const heard: string[] = [];
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      heard.push(line);
      if (!line.includes(text)) continue;
      child.stdout?.resume();
      return new Running(child);
    }
    throw new Error(`It ended without "${text}": ${heard.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "close");
    process.kill(-(this.#child.pid ?? 0), "SIGKILL");
    await ended;
  }
}

const dnsmasq = (space: string, { path }: Folder, ...options: readonly string[]): Promise<Running> =>
  Running.start(
    space,
    "DHCP, IP range",
    ...["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=eth0"],
    ...["--dhcp-range=10.77.0.50,10.77.0.60", `--dhcp-leasefile=${path}/leases`, ...options],
  );

test.skipIf(!isRoot).concurrent("a quiet wire has no finding of the network", async () => {
  using wire = new Wire("doc1");
  const space = wire.plug("us", { address: "10.77.0.1/24" });
  wire.plug("cl", { address: "10.77.0.5/24" });
  const told = checks(await doctor(space, ["--interface", "eth0"]));
  expect(told.filter((check) => /dhcp|option|duplicate|narrow|mtu|port|would|link/.test(check))).toEqual([]);
});

test.skipIf(!isRoot).concurrent("another server, and what it tells firmware", async () => {
  using wire = new Wire("doc2");
  using folder = new Folder();
  const space = wire.plug("us", { address: "10.77.0.1/24" });
  const other = wire.plug("them", { address: "10.77.0.9/24" });
  const says = ["--dhcp-option-force=60,PXEClient", "--dhcp-option=43,01:02:03", "--dhcp-boot=pxelinux.0"];
  await using _dnsmasq = await dnsmasq(other, folder, ...says);
  const told = await doctor(space, ["--interface", "eth0"]);
  expect(told.code).toBe(2);
  expect(found(told, "other-dhcp-server")).toContain("10.77.0.9");
  expect(found(told, "left-over-option-60")).toContain('"PXEClient"');
  expect(found(told, "other-boot-file")).toContain('"pxelinux.0"');
  expect(checks(told)).toContain("left-over-option-43");
});

test
  .skipIf(!isRoot)
  .concurrent("a taken port is named with who has it, and one on another interface is not", async () => {
    using wire = new Wire("doc3");
    using second = new Wire("doc3b");
    const space = wire.plug("us", { address: "10.77.0.1/24" });
    second.plug(space, { device: "eth1", address: "10.88.0.1/24" });
    const hold = (device: string, port: number): Promise<Running> =>
      Running.start(
        space,
        "bound",
        process.execPath,
        "--no-warnings",
        "test/doctor/hold_port.ts",
        device,
        `${port}`,
      );
    await using _taken = await hold("eth0", 4011);
    await using _elsewhere = await hold("eth1", 67);
    const told = await doctor(space, ["--interface", "eth0"]);
    expect(told.findings.filter(({ check }) => check === "port-taken").map((one) => one.found)).toEqual([
      expect.stringMatching(/^UDP port 4011 is taken by process \d+ \(node\)$/),
    ]);
  });

test
  .skipIf(!isRoot)
  .concurrent(
    "a small receive buffer and a closed packet filter are found, each with what mends it",
    async () => {
      using wire = new Wire("doc4");
      using folder = new Folder();
      const space = wire.plug("us", { address: "10.77.0.1/24" });
      writeFileSync(join(folder.path, "rmem_max"), "212992\n");
      const small = `mount --bind ${folder.path}/rmem_max /proc/sys/net/core/rmem_max`;
      const filter = "{ type filter hook input priority 0; policy drop; ct state established accept; };";
      writeFileSync(join(folder.path, "closed.nft"), `table inet site { chain input ${filter} }\n`);
      const closed = `nft -f ${folder.path}/closed.nft`;
      const told = await doctor(space, ["--interface", "eth0"], `${small} && ${closed}`);
      const finding = told.findings.find(({ check }) => check === "small-receive-buffer");
      expect(finding?.found).toContain("212992 bytes");
      expect(finding?.fix).toContain("sysctl -w net.core.rmem_max=4194304");
      expect(found(told, "firewall")).toContain("inet site input");
    },
  );

test
  .skipIf(!isRoot)
  .concurrent("our own address at another machine, and a port of our bridge that takes less", async () => {
    using wire = new Wire("doc5");
    const space = wire.plug("us");
    const twin = wire.plug("twin", { address: "10.77.0.1/24" });
    for (const words of [
      "link add br1 type bridge stp_state 0 forward_delay 0",
      "link set eth0 mtu 1400 master br1",
      "link set br1 up mtu 1500",
      "address add 10.77.0.1/24 dev br1",
    ])
      run("ip", "-n", space, ...words.split(" "));
    const told = await doctor(space, ["--interface", "br1"]);
    expect(found(told, "duplicate-own-address")).toContain(wire.macOf(twin));
    expect(found(told, "narrow-interface")).toContain('"eth0", which they pass, takes 1400');
  });

test
  .skipIf(!isRoot)
  .concurrent("what serve would refuse: no such interface, and a folder without boot files", async () => {
    using wire = new Wire("doc6");
    using folder = new Folder();
    const space = wire.plug("us", { address: "10.77.0.1/24" });
    const [missing, empty] = await Promise.all([
      doctor(space, ["--interface", "eth9"]),
      doctor(space, ["--interface", "eth0", "--boot-files", folder.path]),
    ]);
    expect([missing.code, empty.code]).toEqual([2, 2]);
    expect(found(missing, "would-not-start")).toContain('Cannot serve "eth9"');
    expect(found(empty, "would-not-start")).toContain("Cannot serve boot files");
  });

test
  .skipIf(!isRoot)
  .concurrent("a running appliance knows that a node's fixed address is used by a stranger", async () => {
    using wire = new Wire("doc7");
    using folder = new Folder();
    const space = wire.plug("us", { address: "10.77.0.1/24" });
    const stranger = wire.plug("str", { address: "10.77.0.7/24" });
    const data = join(folder.path, "data");
    const pool = ["--pool", "10.77.0.1-10.77.0.1"];
    const serve = [...BRIGADE, "serve", "--interface", "eth0", "--data", data, ...pool];
    await using _appliance = await Running.start(space, "Serving", ...serve);
    const add = [
      "node",
      "add",
      "node7",
      "--mac",
      "52:54:00:77:00:07",
      "--address",
      "10.77.0.7",
      "--data",
      data,
    ];
    run("ip", "netns", "exec", space, ...BRIGADE, ...add);
    const told = await doctor(space, ["--data", data]);
    expect(found(told, "duplicate-node-address")).toContain(wire.macOf(stranger));
    expect(checks(told).filter((check) => /port|dhcp|own-address/.test(check))).toEqual([]);
    expect(found(told, "pool-nearly-full")).toContain("1 of the 1 addresses");
    const nodes = run("ip", "netns", "exec", space, ...BRIGADE, "node", "list", "--json", "--data", data);
    expect(JSON.parse(nodes)).toHaveLength(1);
  });
