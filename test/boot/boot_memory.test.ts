import { expect, test } from "vitest";
import { BootMemory } from "#src/boot/boot_memory.ts";
import type { BootClient } from "#src/boot/choice.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };
const machine = (last: number, oui = "52:54:00"): Mac =>
  `${oui}:00:00:${last.toString(16).padStart(2, "0")}` as Mac;

function memory(known: { secureBoot?: boolean; model?: string } = {}) {
  const events: ApplianceEvent[] = [];
  let nowMs = 1_000_000;
  let exchange = 0;
  const memory = new BootMemory({
    has: () => true,
    record: (event) => events.push(event),
    nowMs: () => nowMs,
  });
  const asks = (mac: Mac, program: BootClient["program"] = "pxe", archCode = 7): string => {
    nowMs += 20_000;
    const client = {
      mac,
      program,
      archCode,
      exchange: ++exchange,
      fetchesHttp: true,
      vendorClass: "PXEClient",
    };
    const decision = memory.choose(client, config, { secureBoot: false, model: undefined, ...known });
    return decision.kind === "ignore" ? decision.because : decision.file;
  };
  /** Fetches what it is told and does not start it, until it is told `wanted`, which it starts. */
  const strugglesTo = (mac: Mac, wanted: string): void => {
    for (let file = asks(mac); file !== wanted; file = asks(mac)) memory.fetched(mac, file);
    memory.fetched(mac, wanted);
    memory.started(mac);
  };
  return { memory, asks, strugglesTo, events };
}

test("each loader that was fetched in vain makes room for the next, and an event says so", () => {
  const { memory: boots, asks, events } = memory();
  const told = [0, 1, 2].map(() => {
    const file = asks(machine(1));
    boots.fetched(machine(1), file);
    return file;
  });
  expect(told).toEqual(["loaders/snponly.efi", "loaders/ipxe.efi", "loaders/shimx64.efi"]);
  expect(events).toEqual([
    { kind: "loaderFailed", mac: machine(1), file: told[0], next: told[1] },
    { kind: "loaderFailed", mac: machine(1), file: told[1], next: told[2] },
  ]);
});

test("what two machines of a model agree on holds for the third, and for no other model", () => {
  const { asks, strugglesTo } = memory();
  strugglesTo(machine(1), "loaders/ipxe.efi");
  expect(asks(machine(2))).toBe("loaders/snponly.efi");
  strugglesTo(machine(3), "loaders/ipxe.efi");
  expect(asks(machine(4))).toBe("loaders/ipxe.efi");
  expect(asks(machine(4, "3c:ec:ef"))).toBe("loaders/snponly.efi");
});

test("a machine that struggles again and again is one witness", () => {
  const { asks, strugglesTo } = memory();
  strugglesTo(machine(1), "loaders/ipxe.efi");
  strugglesTo(machine(1), "loaders/ipxe.efi");
  expect(asks(machine(2))).toBe("loaders/snponly.efi");
});

test("HTTP Boot goes the same way, though it is told URLs", () => {
  const { memory: boots, asks } = memory();
  expect(asks(machine(1), "httpBoot", 16)).toBe("http://10.77.0.1:8080/loaders/snponly.efi");
  boots.fetched(machine(1), "loaders/snponly.efi");
  expect(asks(machine(1), "httpBoot", 16)).toBe("http://10.77.0.1:8080/loaders/ipxe.efi");
});

test("a machine that starts no loader is told so on its screen, and to the log", () => {
  const { memory: boots, asks, events } = memory();
  let told = "";
  for (let boot = 0; boot < 9; boot++) {
    told = asks(machine(1));
    boots.fetched(machine(1), told);
  }
  expect(told).toBe("no-loader-starts/52-54-00-00-00-01");
  expect(boots.noticeFor(machine(1))).toBe("8 loads, last ipxe.efi, none works; no more for 10 min");
  expect(boots.noticeFor(machine(2))).toBeUndefined();
  expect(asks(machine(1), "httpBoot", 16)).toBe("http://10.77.0.1:8080/no-loader-starts/52-54-00-00-00-01");
  expect(events.at(-1)).toMatchObject({ kind: "loaderFailed", next: undefined });
});

test("a ROM that does not come for its script is told to load our loader, then ours its script", () => {
  const { memory: boots, asks } = memory();
  expect(asks(machine(1), "ipxe", 0)).toContain(".ipxe");
  expect(asks(machine(1), "ipxe", 0)).toBe("loaders/undionly.kpxe");
  boots.fetched(machine(1), "loaders/undionly.kpxe");
  expect(asks(machine(1), "ipxe", 0)).toContain(".ipxe");
});

test("an iPXE that never comes for its script is told why in one by TFTP, of the loader that it had", () => {
  const { memory: boots, asks } = memory();
  const told = Array.from({ length: 8 }, () => {
    const file = asks(machine(1), "ipxe", 0);
    if (file.startsWith("loaders/")) boots.fetched(machine(1), file);
    return file;
  });
  expect(told.filter((file) => file.startsWith("loaders/"))).toEqual([
    ...["loaders/undionly.kpxe", "loaders/ipxe.pxe", "loaders/undionly.kpxe"],
  ]);
  expect(told.at(-1)).toBe("tftp://10.77.0.1/no-loader-starts/52-54-00-00-00-01.ipxe");
  expect(boots.noticeFor(machine(1))).toContain("loaded loaders/undionly.kpxe and was told its script");
});

test("a machine that fetches its script again and again hears of it, and the log every eighth time", () => {
  const { memory: boots, asks, events } = memory();
  const said = Array.from({ length: 17 }, () => {
    boots.fetched(machine(1), asks(machine(1)));
    asks(machine(1), "ipxe");
    return boots.started(machine(1));
  });
  expect(said.slice(0, 7)).toEqual(Array(7).fill(undefined));
  expect(said[7]).toBe(
    "this machine fetched loaders/snponly.efi and its script 8 times in a row and came back each time",
  );
  expect(events.map((event) => event.kind === "bootsInCircles" && event.times)).toEqual([8, 16]);
  boots.settled(machine(1));
  expect(boots.started(machine(1))).toBeUndefined();
});

test("a question of a system that runs is answered, and teaches nothing", () => {
  const { memory: boots, asks } = memory();
  boots.fetched(machine(1), asks(machine(1)));
  const question = { program: "pxe", archCode: 7, fetchesHttp: true, vendorClass: "PXEClient" } as const;
  const known = { secureBoot: false, model: undefined };
  for (let exchange = 100; exchange < 110; exchange++) {
    const told = boots.choose({ ...question, mac: machine(1), exchange, onlyAsks: true }, config, known);
    expect(told).toEqual({ kind: "loader", file: "loaders/snponly.efi" });
  }
  expect(asks(machine(1), "ipxe")).toContain(".ipxe");
});

test("memory is bounded, whatever MACs are made up", () => {
  const { memory: boots, asks } = memory();
  boots.fetched(machine(1), asks(machine(1)));
  for (let index = 0; index < 16_384; index++)
    asks(
      `02:${index
        .toString(16)
        .padStart(10, "0")
        .replaceAll(/..(?=.)/g, "$&:")}` as Mac,
    );
  expect(asks(machine(1))).toBe("loaders/snponly.efi");
});
