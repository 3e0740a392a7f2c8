import { describe, expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import { kindsOf, linksOf } from "./fabric_text.ts";
import {
  addressOf,
  heard,
  hears,
  hostMac,
  lag,
  learnt,
  macPort,
  port,
  reading,
  scan,
  switchMac,
  textChassis,
  textPort,
} from "./hand_made.ts";

describe("links by LLDP and CDP", () => {
  test("both sides say so", () => {
    const readings = [
      reading(1, { neighbours: [hears(1, 2, 3)] }),
      reading(2, { neighbours: [hears(3, 1, 1)] }),
    ];
    const fabric = mergeFabric(scan({ readings }));
    expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, certain"]);
    expect(fabric.links[0]?.speedMbit).toBe(1000);
    expect(fabric.contradictions).toEqual([]);
  });

  test("one side says so", () => {
    const readings = [reading(1, { neighbours: [hears(1, 2, 3)] }), reading(2)];
    expect(linksOf(mergeFabric(scan({ readings })))).toEqual(["s1 p1 - s2 p3, likely"]);
  });

  test("a port id that all ports share gives way to what the other side says", () => {
    const useless = { portId: macPort(switchMac(2)) };
    const ports = [1, 2, 3].map((index) => port(index, { mac: switchMac(2) }));
    const readings = [
      reading(1, { neighbours: [hears(1, 2, 3, useless)] }),
      reading(2, { ports, neighbours: [hears(3, 1, 1)] }),
    ];
    expect(linksOf(mergeFabric(scan({ readings })))).toEqual(["s1 p1 - s2 p3, certain"]);
  });

  test("the description names the port where the id does not", () => {
    const said = { portId: macPort(switchMac(2)), portDescription: "Slot 0 Jack 3" };
    const ports = [1, 3].map((index) =>
      port(index, { mac: switchMac(2), aliases: [`Slot 0 Jack ${index}`] }),
    );
    const readings = [reading(1, { neighbours: [hears(1, 2, 3, said)] }), reading(2, { ports })];
    expect(linksOf(mergeFabric(scan({ readings })))).toEqual(["s1 p1 - s2 p3, likely"]);
  });

  test("a switch that nobody read is seen, with the ports that others name", () => {
    const fabric = mergeFabric(scan({ readings: [reading(1, { neighbours: [hears(1, 2, 3)] })] }));
    expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, likely"]);
    expect(fabric.switches[1]).toMatchObject({
      id: switchMac(2),
      knowledge: "seen",
      ports: [{ name: "p3" }],
    });
  });

  test("a switch that gave no answer is silent, found by its address", () => {
    const silent = [{ address: addressOf(2), reason: "noAnswer" as const }];
    const fabric = mergeFabric(scan({ readings: [reading(1, { neighbours: [hears(1, 2, 3)] })], silent }));
    expect(fabric.switches.map(({ id, knowledge }) => [id, knowledge])).toEqual([
      [switchMac(1), "read"],
      [switchMac(2), "silent"],
    ]);
  });
});

describe("more than one word on a link", () => {
  test("CDP and LLDP on one port are one link", () => {
    const cdp = hears(1, 2, 3, {
      protocol: "cdp",
      chassisId: textChassis("s2.example.net"),
      systemName: "",
      addresses: [],
    });
    const fabric = mergeFabric(scan({ readings: [reading(1, { neighbours: [cdp, hears(1, 2, 3)] })] }));
    expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, likely"]);
    expect(fabric.links[0]?.evidence.map(({ source }) => source)).toEqual(["cdp", "lldp"]);
  });

  test("an aggregate is one link of summed speed", () => {
    const ports = [1, 2, 3]
      .map((index) => port(index))
      .concat(port(100, { name: "po1", kind: "lag", speedMbit: 2000 }));
    const lags = [lag(100, 1, 2)];
    const readings = [
      reading(1, { ports, lags, neighbours: [hears(1, 2, 1), hears(2, 2, 2)] }),
      reading(2, { ports, lags, neighbours: [hears(1, 1, 1), hears(2, 1, 2)] }),
    ];
    const fabric = mergeFabric(scan({ readings }));
    expect(linksOf(fabric)).toEqual(["s1 po1 - s2 po1, certain"]);
    expect(fabric.links[0]).toMatchObject({ speedMbit: 2000, cables: [{}, {}] });
    expect(fabric.contradictions).toEqual([]);
  });

  test("two cables without aggregate are a ring", () => {
    const readings = [reading(1, { neighbours: [hears(1, 2, 1), hears(2, 2, 2)] }), reading(2)];
    const fabric = mergeFabric(scan({ readings }));
    expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p1, likely", "s1 p2 - s2 p2, likely"]);
    expect(kindsOf(fabric)).toEqual(["ring"]);
  });
});

const endpoints = [{ name: "n1", macs: [hostMac(1)] }];

describe("machines", () => {
  test("a node that hears its switch has a port, with no reading at all", () => {
    const fabric = mergeFabric(scan({ endpoints, heard: [heard("n1", { host: 1, number: 7, far: 4 })] }));
    expect(fabric.switches).toMatchObject([{ id: switchMac(7), name: "s7", knowledge: "seen" }]);
    expect(fabric.attachments).toEqual([
      {
        endpoint: "n1",
        mac: hostMac(1),
        nic: "eth0",
        at: { switch: switchMac(7), port: "p4" },
        confidence: "likely",
        evidence: [{ source: "lldp", by: "n1" }],
      },
    ]);
  });

  test("a MAC table gives the port that no switch is behind", () => {
    const readings = [
      reading(1, { neighbours: [hears(1, 2, 1)], learned: learnt(1, hostMac(1), hostMac(2)) }),
      reading(2, { neighbours: [hears(1, 1, 1)], learned: learnt(5, hostMac(1)) }),
    ];
    const { attachments } = mergeFabric(scan({ readings, endpoints }));
    expect(attachments).toMatchObject([
      { endpoint: "n1", at: { switch: switchMac(2), port: "p5" }, confidence: "inferred" },
    ]);
  });

  test("a MAC on two ports without switch is a contradiction", () => {
    const readings = [
      reading(1, { learned: [...learnt(1, hostMac(1)), ...learnt(2, hostMac(1), hostMac(2))] }),
    ];
    const fabric = mergeFabric(scan({ readings, endpoints }));
    expect(fabric.attachments[0]).toMatchObject({ mac: hostMac(1), at: { port: "p1" } });
    expect(fabric.contradictions).toMatchObject([{ kind: "macOnTwoPorts", mac: hostMac(1) }]);
  });

  test("of two ports the one is believed that the other tables point to", () => {
    const readings = [
      reading(1, { neighbours: [hears(1, 2, 1)], learned: learnt(5, hostMac(1), hostMac(8)) }),
      reading(2, { neighbours: [hears(1, 1, 1), hears(2, 3, 1)], learned: learnt(1, hostMac(1)) }),
      reading(3, { neighbours: [hears(1, 2, 2)], learned: learnt(5, hostMac(1)) }),
    ];
    const fabric = mergeFabric(scan({ readings, endpoints }));
    expect(fabric.attachments[0]).toMatchObject({ endpoint: "n1", at: { switch: switchMac(1), port: "p5" } });
    expect(kindsOf(fabric)).toEqual(["macOnTwoPorts"]);
  });

  test("an address of a group is no machine", () => {
    const group = "01:00:5e:00:00:01" as ReturnType<typeof hostMac>;
    expect(mergeFabric(scan({ readings: [reading(1, { learned: learnt(1, group) })] })).attachments).toEqual(
      [],
    );
  });

  test("a frame that takes itself back, and one that came from further than the cable, are not believed", () => {
    const at = (number: number, frame: Parameters<typeof heard>[2]): ReturnType<typeof heard> =>
      heard("n1", { host: 1, number, far: 4 }, frame);
    const far = { destination: "01:80:c2:00:00:00" as ReturnType<typeof hostMac> };
    const frames = [at(6, { ttlSec: 0 }), at(7, {}), at(8, far)];
    const fabric = mergeFabric(scan({ endpoints, heard: frames }));
    expect(fabric.switches.map(({ name }) => name)).toEqual(["s7"]);
    expect(fabric.contradictions).toEqual([]);
  });
});

describe("neighbours that are no switches", () => {
  test("a phone is no switch", () => {
    const phone = hears(1, 9, "WAN PORT", { portId: macPort(hostMac(9)), isBridge: false });
    const fabric = mergeFabric(scan({ readings: [reading(1, { neighbours: [phone] })] }));
    expect(fabric.switches).toHaveLength(1);
    expect(fabric.attachments).toMatchObject([{ mac: hostMac(9), at: { port: "p1" }, confidence: "likely" }]);
  });

  test("a node that is a bridge for its containers is a node", () => {
    const node = hears(1, 9, "eth0", { systemName: "n1", portId: textPort("eth0") });
    const readings = [reading(1, { neighbours: [node], learned: learnt(1, hostMac(1), hostMac(5)) })];
    const fabric = mergeFabric(scan({ readings, endpoints }));
    expect(fabric.switches).toHaveLength(1);
    expect(fabric.attachments.find(({ endpoint }) => endpoint)).toMatchObject({
      endpoint: "n1",
      at: { port: "p1" },
    });
  });
});
