import { beforeEach, describe, expect, test } from "vitest";
import { metricsText } from "#src/http/metrics_text.ts";
import { Counts, Histograms } from "#src/http/metrics_values.ts";
import { setup } from "./api_fixture.ts";
import { TOKEN } from "./fake_appliance.ts";

describe("the text format", () => {
  test("says what a metric is and has one line a sample", () => {
    const samples = [{ value: 1 }, { labels: { a: "x", b: "y" }, value: 2.5 }];
    expect(metricsText([{ name: "some_total", help: "What it is", type: "counter", samples }])).toBe(
      '# HELP some_total What it is\n# TYPE some_total counter\nsome_total 1\nsome_total{a="x",b="y"} 2.5\n',
    );
  });

  test("escapes what strangers put into labels", () => {
    const labels = { a: 'x"} 1\nevil{b="\\' };
    const text = metricsText([
      { name: "m", help: "a\\b\nc", type: "gauge", samples: [{ labels, value: 1 }] },
    ]);
    expect(text).toBe('# HELP m a\\\\b\\nc\n# TYPE m gauge\nm{a="x\\"} 1\\nevil{b=\\"\\\\"} 1\n');
  });

  test.each([
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [Number.NaN, "NaN"],
    [1e21, "1e+21"],
  ])("writes %d as %s", (value, text) => {
    expect(metricsText([{ name: "m", help: "", type: "gauge", samples: [{ value }] }])).toContain(
      `m ${text}\n`,
    );
  });

  test.each([
    [{ name: "1m", help: "", type: "gauge", samples: [] }],
    [{ name: "m-x", help: "", type: "gauge", samples: [] }],
    [{ name: "m", help: "", type: "counter", samples: [] }],
    [{ name: "m", help: "", type: "gauge", samples: [{ labels: { __x: "" }, value: 1 }] }],
    [{ name: "m", help: "", type: "gauge", samples: [{ labels: { "a-b": "" }, value: 1 }] }],
  ] as const)("refuses names that are none: %j", (family) => {
    expect(() => metricsText([family])).toThrow(RangeError);
  });
});

test("a histogram's buckets hold what is below them, and the last one everything", () => {
  const histograms = new Histograms([1, 5]);
  for (const value of [0.5, 1, 3, 100]) histograms.observe({ step: "s" }, value);
  const lines = histograms.samples().map(({ suffix, labels, value }) => [suffix, labels?.["le"], value]);
  expect(lines).toEqual([
    ["_bucket", "1", 2],
    ["_bucket", "5", 3],
    ["_bucket", "+Inf", 4],
    ["_sum", undefined, 104.5],
    ["_count", undefined, 4],
  ]);
});

test("labels that somebody makes up find an end", () => {
  const counts = new Counts();
  for (let index = 0; index < 10_000; index++) counts.add({ step: `s${index}` });
  const samples = counts.samples();
  expect(samples.length).toBe(501);
  expect(samples.at(-1)).toEqual({ labels: { step: "other" }, value: 9500 });
});

let { appliance, api, addNode, deploy, tokenOf } = setup();
beforeEach(() => {
  ({ appliance, api, addNode, deploy, tokenOf } = setup());
});
const scrape = async (token = TOKEN) =>
  api.inject({ url: "/metrics", headers: { authorization: `Bearer ${token}` } });

describe("GET /metrics", () => {
  test("wants a token, and a viewer's is enough", async () => {
    expect((await api.inject({ url: "/metrics" })).statusCode).toBe(401);
    const answer = await scrape(await tokenOf("viewer"));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  test("counts what happens", async () => {
    await addNode();
    await deploy();
    appliance.log.record({
      kind: "deploymentStarted",
      deployment: "d1",
      image: "i",
      nodes: 1,
      resumed: false,
    });
    const step = { deployment: "d1", node: "node1", step: "partition" };
    appliance.log.record({ kind: "stepStarted", ...step, attempt: 1 });
    appliance.tickMs(7000);
    appliance.log.record({ kind: "stepFailed", ...step, attempt: 1, why: "WHY" });
    appliance.log.record({ kind: "stepFinished", ...step, tookMs: 400 });
    const sent = { kind: "fileSent", peer: "10.77.0.9" as never, file: "x", tookMs: 1 } as const;
    appliance.log.record({ ...sent, via: "tftp", bytes: 100 });
    appliance.log.record({ ...sent, via: "tftp", bytes: 50 });
    appliance.deployments.finish("d1");
    const { body } = await scrape();
    for (const line of [
      'brigade_nodes{state="registered"} 1',
      "brigade_deployments_running 0",
      "brigade_deployments_started_total 1",
      'brigade_step_seconds_bucket{step="partition",result="failed",le="5"} 0',
      'brigade_step_seconds_bucket{step="partition",result="failed",le="10"} 1',
      'brigade_step_seconds_sum{step="partition",result="ok"} 0.4',
      "brigade_image_bytes_sent_total 500",
      'brigade_boot_file_bytes_sent_total{via="tftp"} 150',
      'brigade_boot_files_sent_total{via="tftp"} 2',
      'brigade_events_total{kind="stepFailed"} 1',
      'brigade_dhcp_packets_total{message="discover",direction="in"} 7',
      'brigade_dhcp_leases{pool="10.77.0.100-10.77.0.199"} 3',
      'brigade_api_requests_total{method="POST",route="/api/v1/nodes",status="201"} 1',
    ])
      expect(body).toContain(`${line}\n`);
    expect(body).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect((await scrape()).body).toContain("brigade_image_bytes_sent_total 500\n");
  });
});

describe("the answer", () => {
  test("is what Prometheus reads: each metric once, with its type before its samples", async () => {
    await addNode();
    const { body } = await scrape();
    const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name);
    expect(new Set(types).size).toBe(types.length);
    let current = "";
    const series = new Set<string>();
    for (const line of body.trimEnd().split("\n")) {
      current = /^# HELP (\S+) /.exec(line)?.[1] ?? current;
      if (line.startsWith("#")) continue;
      const [, name = "", labels = ""] = /^([a-z_]+)(\{.*\})? \S+$/.exec(line) ?? [];
      expect([current, `${current}_bucket`, `${current}_sum`, `${current}_count`]).toContain(name);
      expect(series).not.toContain(name + labels);
      series.add(name + labels);
    }
    expect(body.endsWith("\n")).toBe(true);
  });

  test("does not grow with what is asked for", async () => {
    for (let index = 0; index < 50; index++)
      await api.inject({ url: `/api/v1/x${index}`, headers: { authorization: `Bearer ${TOKEN}` } });
    expect((await scrape()).body).toContain(
      'brigade_api_requests_total{method="GET",route="none",status="404"} 50\n',
    );
  });
});
