/** The script that starts the ramdisk on a node with some Linux, run with what such a system may have. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ramdiskScript } from "#src/deploy/node_scripts/kexec_ramdisk.ts";
import type { Mac } from "#src/value/mac.ts";

const TOOLS = "cat chmod cut df mkdir rm sha256sum sleep sync uname setsid".split(" ");
/** What every Linux has. */
const LOOPBACK = "00:00:00:00:00:00" as Mac;
const COMMAND_LINE = "brigade.token=secret it's $HOME quiet";
/** Where the script puts its files when there is room in memory. */
const PLACE = "/dev/shm/brigade-ramdisk";

let dir: string;
let server: Server;
let files: Map<string, Buffer>;
/** Answers of 503 before each file. */
let busy: number;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "brigade-kexec-"));
  busy = 0;
  // In place of the agent's program, which would end this machine's work.
  const agent = `#!/bin/sh\nprintf '%s ' "$@" >> ${dir}/said\n[ "$1" = start-kernel ] || cat "$4" >> ${dir}/said\n`;
  files = new Map([
    ["ramdisk/vmlinuz", Buffer.alloc(300_000, "\r\n\0kernel")],
    ["ramdisk/initramfs", Buffer.alloc(500_000, "\0\xffinit\n")],
    ["ramdisk/brigade-agent", Buffer.from(agent)],
  ]);
  server = createServer((request, response) => {
    const file = files.get((request.url ?? "").slice(1));
    if (!file || busy-- > 0) response.writeHead(503).end("busy\n");
    else response.writeHead(200).end(file);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.close();
  rmSync(dir, { recursive: true });
  rmSync(PLACE, { recursive: true, force: true });
});

type Surroundings = {
  readonly without?: readonly string[];
  readonly macs?: readonly Mac[];
  readonly go?: string;
};
type Ended = { readonly code: number; readonly out: string };

async function run(
  fetchers: readonly string[],
  digests: ReadonlyMap<string, string> = sums(),
  { without = [], macs = [LOOPBACK], go = "go\n" }: Surroundings = {},
): Promise<Ended> {
  const bin = mkdtempSync(join(dir, "bin-"));
  for (const tool of [...TOOLS, ...fetchers].filter((name) => !without.includes(name)))
    for (const folder of ["/usr/bin", "/bin"])
      if (existsSync(join(folder, tool)) && !existsSync(join(bin, tool)))
        symlinkSync(join(folder, tool), join(bin, tool));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const script = ramdiskScript({
    url: `http://127.0.0.1:${port}/`,
    digests,
    commandLine: COMMAND_LINE,
    macs,
  });
  const shell = spawn("/bin/sh", ["-s"], { env: { PATH: bin } });
  let out = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (bytes) => (out += bytes));
  shell.stdin.write(script);
  shell.stdout.on("data", () => {
    if (out.includes("ready to start\n")) shell.stdin.end(go);
  });
  const [code] = await once(shell, "close");
  return { code, out };
}

const sums = (): Map<string, string> =>
  new Map([...files].map(([name, bytes]) => [name, createHash("sha256").update(bytes).digest("hex")]));

const said = (): string => readFileSync(join(dir, "said"), "utf8");

test.each(["curl", "wget", "bash"])("with %s it fetches, checks and starts the ramdisk", async (fetcher) => {
  const { code, out } = await run([fetcher]);
  expect({ code, out }).toEqual({ code: 0, out: "ready to start\nthe ramdisk starts\n" });
  await expect.poll(said, { timeout: 5000 }).toContain("start-kernel");
  expect(said()).toBe(`load-kernel vmlinuz initramfs command-line ${COMMAND_LINE}\nstart-kernel `);
  for (const name of ["vmlinuz", "initramfs"])
    expect(readFileSync(join(PLACE, name)).equals(files.get(`ramdisk/${name}`) ?? Buffer.alloc(0))).toBe(
      true,
    );
  // The token is in the kernel by now, and nowhere else.
  expect(existsSync(join(PLACE, "command-line"))).toBe(false);
});

test("when the login ends before anybody says go, nothing is loaded and nothing is left", async () => {
  const { code, out } = await run(["curl"], sums(), { go: "" });
  expect({ code, out }).toEqual({ code: 1, out: "ready to start\nit was called off\n" });
  expect(existsSync(join(dir, "said"))).toBe(false);
  expect(existsSync(PLACE)).toBe(false);
});

test("a busy appliance is asked again", async () => {
  busy = 1;
  expect((await run(["curl"])).code).toBe(0);
  await expect.poll(said, { timeout: 5000 }).toContain("start-kernel");
});

const REFUSED: readonly { when: string; work: () => Promise<Ended>; words: string }[] = [
  {
    when: "it is another machine",
    work: () => run(["curl"], sums(), { macs: ["52:54:00:00:00:99" as Mac] }),
    words: "another machine answers at the address: it has none of the network cards of the node",
  },
  { when: "it has nothing to fetch with", work: () => run([]), words: "it has none of curl, wget and bash" },
  {
    when: "the appliance has no ramdisk for it",
    work: () => run(["curl"], new Map([...sums()].slice(0, 2))),
    words: "the appliance has no ramdisk for x86_64",
  },
  {
    when: "it cannot check",
    work: () => run(["curl"], sums(), { without: ["sha256sum"] }),
    words: "it has no sha256sum",
  },
  {
    when: "its kernel refuses",
    work: () => {
      const words = "#!/bin/sh\necho 'Cannot load the kernel: Operation not permitted' >&2\nexit 1\n";
      files.set("ramdisk/brigade-agent", Buffer.from(words));
      return run(["curl"]);
    },
    words: "Cannot load the kernel: Operation not permitted",
  },
];

test.each(REFUSED)(
  "it says that there is no way when $when, and leaves nothing behind",
  async ({ work, words }) => {
    const { code, out } = await work();
    expect(out.trimEnd().split("\n").at(-1)).toBe(words);
    expect(code).toBe(4);
    expect(existsSync(PLACE)).toBe(false);
  },
);
