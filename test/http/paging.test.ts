import { beforeEach, describe, expect, test } from "vitest";
import { nextLink, pageOf } from "#src/http/paging.ts";
import { setup } from "./api_fixture.ts";
import { IMAGE, TOKEN } from "./fake_appliance.ts";

const named = (...names: string[]) => names.map((name) => ({ name }));

test("pages go through a list once, whatever comes and goes between them", () => {
  const all = named(...Array.from({ length: 10 }, (_, index) => `n${10 - index}`));
  const first = pageOf(all, { limit: 4 });
  expect(first).toEqual({ items: named("n1", "n2", "n3", "n4"), next: "n4" });
  // The one that the cursor names is gone, and one before it is new.
  const changed = [...all.filter(({ name }) => name !== "n4"), ...named("n0")];
  expect(pageOf(changed, { limit: 4, after: "n4" }).items).toEqual(named("n5", "n6", "n7", "n8"));
  expect(pageOf(changed, { limit: 4, after: "n8" })).toEqual({ items: named("n9", "n10") });
  expect(pageOf(all, { after: "n9" })).toEqual({ items: named("n10") });
});

test("names that count alike are not skipped", () => {
  const all = named("n1", "n01", "n001");
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = pageOf(all, { limit: 1, after });
    seen.push(...page.items.map(({ name }) => name));
    if (page.next === undefined) break;
    after = page.next;
  }
  expect(seen.sort()).toEqual(["n001", "n01", "n1"]);
});

test("the link keeps what else was asked for", () => {
  expect(nextLink("/api/v1/nodes?nodes=n%5B1-9%5D&limit=2&after=n1", "n3")).toBe(
    '</api/v1/nodes?nodes=n%5B1-9%5D&limit=2&after=n3>; rel="next"',
  );
});

describe("over the API", () => {
  let { appliance, api, addNode, deploy } = setup();
  beforeEach(() => {
    ({ appliance, api, addNode, deploy } = setup());
  });
  const get = async (url: string) => {
    const answer = await api.inject({ url, headers: { authorization: `Bearer ${TOKEN}` } });
    return { status: answer.statusCode, json: answer.json(), link: answer.headers["link"] };
  };
  const follow = async (start: string, key: string): Promise<readonly string[]> => {
    const seen: string[] = [];
    for (let url: string | undefined = start; url !== undefined; ) {
      const { json, link } = await get(url);
      expect(json.length).toBeGreaterThan(0);
      seen.push(...json.map((one: Record<string, string>) => one[key]));
      url = /^<(.*)>; rel="next"$/.exec(String(link ?? ""))?.[1];
    }
    return seen;
  };

  test("4000 nodes come in pages, and without a limit all at once", async () => {
    const names = Array.from({ length: 4000 }, (_, index) => `node${index + 1}`);
    await appliance.nodes.addAll(
      names.map((name, index) => ({
        ...{ name, macs: [`52:54:00:77:${hex(index >> 8)}:${hex(index & 255)}` as never] },
        kernelArguments: [],
      })),
      { update: false, skipBad: false, dryRun: false, deploymentOf: () => undefined },
    );
    expect(await follow("/api/v1/nodes?limit=1000", "name")).toEqual(names);
    const whole = await get("/api/v1/nodes");
    expect([whole.json.length, whole.link]).toEqual([4000, undefined]);
    expect(await follow("/api/v1/nodes?nodes=node[1-5]&limit=2", "name")).toEqual(names.slice(0, 5));
  });

  test("images and deployments, which are the newest first", async () => {
    for (const name of ["a", "b"]) appliance.images.set(`${name}:1`, { ...IMAGE, name });
    expect(await follow("/api/v1/images?limit=1", "name")).toEqual(["a", "b", "debian-12"]);
    await addNode();
    for (let index = 1; index <= 5; index++) {
      await deploy();
      appliance.deployments.finish(`d${index}`);
    }
    expect(await follow("/api/v1/deployments?limit=2", "id")).toEqual(["d5", "d4", "d3", "d2", "d1"]);
    expect((await get("/api/v1/deployments?limit=5")).link).toBeUndefined();
  });

  test.each(["limit=0", "limit=1001", "limit=x", `after=${"x".repeat(150)}`, "offset=1"])(
    "%s is refused",
    async (query) => {
      for (const list of ["nodes", "images", "deployments"])
        expect((await get(`/api/v1/${list}?${query}`)).status).toBe(400);
    },
  );
});

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
