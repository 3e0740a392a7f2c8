/** The listener and the real lldpd, over a veth. Wants root, ip and lldpd. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { decodeLldp } from "#src/fabric/lldp.ts";
import { LldpListener } from "#src/fabric/lldp_listener.ts";
import { withLowerInterfaces } from "#src/net/lower_interfaces.ts";
import { ip, RealLldpd } from "./real_lldpd.ts";

const CARD = "card0";
const indexOf = (name: string): number => Number(ip(`-o link show ${name}`).split(":")[0]);

let lldpd: RealLldpd | undefined;
beforeEach(() => {
  lldpd = RealLldpd.start({ name: "leaf1", card: CARD, port: "swp7" });
});
afterEach(async () => {
  await lldpd?.[Symbol.asyncDispose]();
});

const soon = { timeout: 10_000, interval: 100 };
const listen = (interfaces: readonly { name: string; index: number }[], onChange = () => {}): LldpListener =>
  new LldpListener({
    interfaces,
    onChange,
    onDeaf: (_, fault) => {
      throw fault;
    },
  });

test("what a switch says on the wire is there, with name and port, once, until it says goodbye", async () => {
  let changes = 0;
  using listener = listen([{ name: CARD, index: indexOf(CARD) }], () => {
    changes++;
  });
  await vi.waitFor(() => expect(listener.frames()).toHaveLength(1), soon);
  const [heard] = listener.frames();
  expect(heard?.nic).toBe(CARD);
  expect(decodeLldp(Buffer.from(heard?.frame ?? "", "hex"))).toMatchObject({
    ok: true,
    value: {
      systemName: "leaf1",
      systemDescription: "Lab switch",
      portId: { text: "swp7" },
      destination: "01:80:c2:00:00:0e",
    },
  });
  const told = changes;
  await lldpd?.[Symbol.asyncDispose]();
  lldpd = undefined;
  await vi.waitFor(() => expect(listener.frames()).toEqual([]), soon);
  expect(changes).toBe(told + 1);
});

test("on a bridge the card below hears it", async () => {
  ip("link add br0 type bridge");
  ip(`link set ${CARD} master br0`);
  ip("link set br0 up");
  try {
    // The sys of this test may show another namespace; the product looks there with the same guard.
    const below = [
      { name: "br0", index: indexOf("br0") },
      { name: CARD, index: indexOf(CARD) },
    ] as const;
    expect([1, 2]).toContain(withLowerInterfaces(below[0]).length);
    using listener = listen(below);
    await vi.waitFor(() => expect(listener.frames().map(({ nic }) => nic)).toEqual([CARD]), soon);
  } finally {
    ip("link delete br0");
  }
});

test("an interface that is not there is told of, and the others are heard", async () => {
  const deaf: string[] = [];
  using listener = new LldpListener({
    interfaces: [
      { name: "none", index: 4711 },
      { name: CARD, index: indexOf(CARD) },
    ],
    onChange: () => {},
    onDeaf: (name, fault) => void deaf.push(`${name} ${fault}`),
  });
  expect(deaf).toEqual([expect.stringContaining("none")]);
  await vi.waitFor(() => expect(listener.frames()).toHaveLength(1), soon);
});
