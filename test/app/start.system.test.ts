/** The whole program at its start: each thing that stands in its way is one clear message, the right exit code, and nothing half made. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isRoot, run, Wire } from "#test/boot/namespaces.ts";
import { Serving } from "./serving.ts";

let data: string;
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), "brigade-start-")), "data");
});
afterEach(() => rmSync(join(data, ".."), { recursive: true, force: true }));

test.skipIf(!isRoot)("without the rights of root it says which are missing, and makes nothing", async () => {
  using wire = new Wire("as1");
  const space = wire.plug("srv", { address: "10.77.0.1/24" });
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--"];
  await using serving = new Serving(space, ["--data", data], nobody);
  expect(await serving.ended()).toEqual({
    code: 1,
    err: "Cannot serve: the rights cap_net_bind_service, cap_net_admin, cap_net_raw are missing; start as root, or give them to the service\n",
  });
  expect(existsSync(data)).toBe(false);
});

test.skipIf(!isRoot)("an interface that is not there is named, and nothing is made", async () => {
  using wire = new Wire("as2");
  const space = wire.plug("srv", { device: "eth5", address: "10.77.0.1/24" });
  await using serving = new Serving(space, ["--data", data]);
  const { code, err } = await serving.ended();
  expect({ code, err }).toMatchObject({
    code: 1,
    err: expect.stringContaining('Cannot serve "eth0": no such interface'),
  });
  expect(existsSync(data)).toBe(false);
});

test.skipIf(!isRoot)("wrong settings are all told at once, with exit code 2", async () => {
  using wire = new Wire("as3");
  const space = wire.plug("srv", { address: "10.77.0.1/24" });
  await using serving = new Serving(space, ["--data", data, "--pool", "all", "--lease-time", "1"]);
  const { code, err } = await serving.ended();
  expect(code).toBe(2);
  expect(err.trimEnd().split("\n")).toEqual([
    "Cannot use --pool: wants FIRST-LAST, for example 10.77.0.100-10.77.0.199",
    "Cannot use --lease-time: wants a whole number from 120 to 604800",
  ]);
});

test.skipIf(!isRoot)("next to another DHCP server it does not start unless told to", async () => {
  using wire = new Wire("as4");
  const first = wire.plug("one", { address: "10.77.0.1/24" });
  const second = wire.plug("two", { address: "10.77.0.2/24" });
  await using serving = new Serving(first, ["--data", data]);
  await serving.says("Serving");
  await using other = new Serving(second, ["--data", `${data}-2`]);
  const { code, err } = await other.ended();
  expect(code).toBe(1);
  expect(err).toBe(
    'Cannot serve DHCP on "eth0": another DHCP server answers there (10.77.0.1); switch it off, serve beside it with --interface eth0=proxy, or say --allow-other-dhcp\n',
  );
  await using allowed = new Serving(second, ["--data", `${data}-2`, "--allow-other-dhcp"]);
  expect(await allowed.says("Serving")).toContain("10.77.0.2/24");
});

test.skipIf(!isRoot)("a second appliance on the same data, or with its ports taken, is refused", async () => {
  using wire = new Wire("as5");
  const space = wire.plug("srv", { address: "10.77.0.1/24" });
  await using serving = new Serving(space, ["--data", data]);
  await serving.says("Serving");
  await using same = new Serving(space, ["--data", data]);
  expect(await same.ended()).toMatchObject({
    code: 1,
    err: expect.stringContaining("another Brigade is using it"),
  });
  await using ports = new Serving(space, ["--data", `${data}-2`, "--allow-other-dhcp"]);
  expect(await ports.ended()).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^Cannot .*port 7800.*in use by process \d+/),
  });
});

test.skipIf(!isRoot)("secrets are for root only, and stay what they are over a restart", async () => {
  using wire = new Wire("as6");
  const space = wire.plug("srv", { address: "10.77.0.1/24" });
  const files = ["admin-token", "secret-key", "tls/key.pem"].map((name) => join(data, name));
  await using first = new Serving(space, ["--data", data]);
  await first.says("Serving");
  const before = files.map((file) => readFileSync(file, "utf8"));
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  await first.kill("SIGKILL");
  await using second = new Serving(space, ["--data", data]);
  await second.says("Serving");
  expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(before);
});

test.skipIf(!isRoot)("a lease that was acknowledged outlives kill -9", async () => {
  using wire = new Wire("as7");
  const space = wire.plug("srv", { address: "10.77.0.1/24" });
  const client = wire.plug("cli");
  const ask = (): string | undefined =>
    /lease of (\S+) obtained/.exec(
      run("ip", "netns", "exec", client, "sh", "-c", "udhcpc -n -q -f -t 5 -i eth0 -s /bin/true 2>&1"),
    )?.[1];
  await using first = new Serving(space, ["--data", data]);
  await first.says("Serving");
  const address = ask();
  await first.kill("SIGKILL");
  await using second = new Serving(space, ["--data", data]);
  await second.says("Serving");
  expect(address).toMatch(/^10\.77\.0\./);
  expect(ask()).toBe(address);
});
