/**
 * Archives unpacked by real agents onto ext4. What landed is judged by find, sha256sum, getfattr, getfacl and
 * du, run over the source and over the copy.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Verify } from "#src/value/verify.ts";
import { LoopDisk } from "./loop_disk.ts";
import { Network } from "./network.ts";

const MIB = 2 ** 20;

let dir: string;
let root: string;
let network: Network;
let stack: DisposableStack;
let lastingStack: DisposableStack;

const shell = (script: string, cwd = dir): string =>
  execFileSync("bash", ["-euo", "pipefail", "-c", script], {
    cwd,
    maxBuffer: 64 * MIB,
    stdio: ["ignore", "pipe", "pipe"],
  }).toString();

/** A file system of its own, mounted at `at`. */
function mountExt4(name: string, at: string, mib: number, owner: DisposableStack): LoopDisk {
  const disk = owner.use(new LoopDisk({ file: join(dir, name), bytes: mib * MIB }));
  execFileSync("mkfs.ext4", ["-q", "-m", "0", disk.device]);
  mkdirSync(at, { recursive: true });
  execFileSync("mount", [disk.device, at]);
  owner.defer(() => execFileSync("umount", ["--lazy", at]));
  return disk;
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-sinks-"));
  lastingStack = new DisposableStack();
  root = join(dir, "root");
  mountExt4("root.ext4", root, 96, lastingStack);
  shell(
    `mkdir -p etc "bin/$(printf 'long%.0s' {1..40})" dev var/spool
     echo one > etc/one; ln etc/one etc/hard; ln etc/one var/harder; ln -s ../etc/one bin/link; ln -s /etc/one bin/absolute
     cp /bin/true bin/setuid; chmod 4755 bin/setuid; chmod 1777 var; chmod 0000 etc/one
     mkfifo dev/fifo; mknod dev/null c 1 3; mknod dev/disk b 259 65537
     chown 1234:2345 var/spool; chown -h 70000:80000 bin/link
     setfattr -n user.comment -v 'a value' etc/one; setfattr -n trusted.hidden -v 0x00ff00 var/spool
     setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 bin/setuid
     setfacl -m u:1234:rw,g:2345:r,m:rw etc/one; setfacl -m u:1234:rwx -m d:g:2345:rx var/spool
     truncate -s 8G var/sparse
     for at in 0 1000000 6000000000; do printf data | dd of=var/sparse bs=1 seek=$at conv=notrunc status=none; done
     for n in {1..30}; do printf $n | dd of=var/holes bs=1 seek=$((n * 20000)) conv=notrunc status=none; done
     head -c 20000000 /dev/urandom > var/large
     for n in {1..500}; do echo $n > etc/file$n; done
     touch -d '1999-12-31 23:59:59.123456789' etc/file1; rmdir lost+found`,
    root,
  );
  const packed = "--xattrs --xattrs-include='*' --acls --sparse";
  shell(`tar -C root --format=pax ${packed} -cf pax.tar .; tar -C root --format=gnu --sparse -cf gnu.tar .`);
});
afterAll(() => {
  lastingStack.dispose();
  rmSync(dir, { recursive: true });
});
afterEach(async () => {
  await network?.[Symbol.asyncDispose]();
  stack.dispose();
});

const build = async (image: string, options: { nodes?: number; rateMbit?: number } = {}): Promise<void> => {
  stack = new DisposableStack();
  network = await Network.build({ nodes: 1, image: join(dir, image), ...options });
};

/** An ext4 below which the node unpacks. */
const targetOf = (node: string, mib = 96): string => {
  const at = join(dir, `target-${node}`);
  mountExt4(`${node}.ext4`, at, mib, stack);
  rmSync(join(at, "lost+found"), { recursive: true });
  return at;
};

async function receive(node: string, directory: string, verify: Verify = "digest") {
  network.startAgent(node);
  network.appliance.tell({ kind: "join", node, sink: { kind: "archive", directory }, verify });
  return (await network.appliance.report("received", (report) => report.node === node)).received;
}

/** What a copy must have in common with its source, as independent tools tell it. */
const FACTS = {
  members: "find . -printf '%p %y %m %U:%G %s %n %l\\n' | sed -E 's/^(\\S+ d \\S+ \\S+) \\S+/\\1/' | sort",
  times: "find . -type f -printf '%p %T+\\n' | sort",
  devices: "find . \\( -type b -o -type c \\) -exec stat -c '%n %t,%T' {} + | sort",
  content: "find . -type f -size -100M -print0 | sort -z | xargs -0 sha256sum",
  links: "find . -samefile etc/one | sort",
  room: "du -k var/sparse var/holes var/large | cut -f1 | awk '{ print int($1 / 64) }'",
  middle:
    "for at in 0 1000000 6000000000; do dd if=var/sparse bs=4 count=1 skip=$at iflag=skip_bytes status=none; done",
};
const ATTRIBUTES = {
  attributes: "find . -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex | grep -v posix_acl",
  acls: "find . ! -type l -print0 | sort -z | xargs -0 getfacl -p -n",
};

const facts = (of: Record<string, string>, at: string): Record<string, string> =>
  Object.fromEntries(Object.entries(of).map(([name, script]) => [name, shell(script, at)]));

describe("an archive", () => {
  test("with attributes, ACLs, holes, links and devices lands as it was, and is read back", async () => {
    await build("pax.tar");
    const target = targetOf("node1");
    const received = await receive("node1", target, "readback");
    expect(received).toMatchObject({ ok: true, error: null, verify: "readback" });
    const wanted = facts({ ...FACTS, ...ATTRIBUTES }, root);
    expect(wanted).toMatchObject({
      attributes: expect.stringContaining("trusted.hidden=0x00ff00"),
      acls: expect.stringContaining("default:group:2345:r-x"),
      middle: "datadatadata",
    });
    expect(facts({ ...FACTS, ...ATTRIBUTES }, target)).toEqual(wanted);
  });

  test("in GNU's own format lands as it was, and is read back", async () => {
    await build("gnu.tar");
    const target = targetOf("node1");
    expect(await receive("node1", target, "readback")).toMatchObject({ ok: true, error: null });
    const { times, ...kept } = FACTS;
    // Only the other format has room for parts of a second and for ACLs.
    expect(times).toContain("%T");
    expect(facts(kept, target)).toEqual(facts(kept, root));
  });
});

describe("an archive that cannot be unpacked", () => {
  test("because the disk is full says so, and the others are unaffected", async () => {
    await build("pax.tar", { nodes: 2 });
    const [small, large] = [targetOf("node1", 12), targetOf("node2")];
    const [broken, whole] = await Promise.all([receive("node1", small), receive("node2", large)]);
    expect(broken.ok).toBe(false);
    expect(broken.error).toMatch(/^Cannot unpack into \S+, which is full: tar ended with code 2: /);
    expect(whole).toMatchObject({ ok: true, error: null });
    expect(facts(FACTS, large)).toEqual(facts(FACTS, root));
  });

  test("because tar died in the middle says so", async () => {
    await build("pax.tar", { rateMbit: 96 });
    const target = targetOf("node1");
    const agent = network.startAgent("node1");
    network.appliance.tell({ kind: "join", node: "node1", sink: { kind: "archive", directory: target } });
    await network.appliance.report("progress", ({ progress }) => progress.writtenRawBytes > 2 * MIB);
    const tar = readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, "utf8");
    const children = tar + shell(`cat /proc/${agent.pid}/task/*/children`);
    const [pid] = children.split(/\s+/).filter(Boolean);
    process.kill(Number(pid), "SIGKILL");
    const { received } = await network.appliance.report("received");
    expect(received).toMatchObject({ ok: false });
    expect(received.error).toMatch(/^Cannot unpack into \S+: tar ended with signal 9/);
  });

  test("because the disk fails says so", async () => {
    await build("pax.tar");
    const small = join(dir, "small");
    mkdirSync(small);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=10m", "tmpfs", small]);
    stack.defer(() => execFileSync("umount", ["--lazy", small]));
    // The file behind it grows as it is written, until its file system is full: writing back fails.
    const at = join(dir, "target-failing");
    mountExt4("small/disk", at, 96, stack);
    const received = await receive("node1", at);
    expect(received).toMatchObject({ ok: false });
    expect(received.error).toMatch(
      /^Cannot (?:write|unpack into) \S+.*(?:Input\/output error|Read-only file system)/,
    );
  });
});
