import { beforeEach, describe, expect, test } from "vitest";
import { setup } from "./api_fixture.ts";
import { IMAGE } from "./fake_appliance.ts";

let { appliance, ask, askAs, tokenOf, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, ask, askAs, tokenOf, addNode, deploy } = setup());
});

const bytes = { "content-type": "application/octet-stream" };
const upload = (path: string, content = "x") => ask("PUT", path, content, bytes);
const labels = (reply: { readonly json: readonly { readonly label: string }[] }): readonly string[] =>
  reply.json.map(({ label }) => label);

async function described(yaml: string): Promise<string> {
  const sent = await ask("POST", "/image-descriptions", { yaml });
  expect(sent.status).toBe(201);
  return sent.json.id;
}

test("an import under a known name is its next version, and the plain name means the newest", async () => {
  expect((await upload("/images/debian-12", "xyz")).json).toMatchObject({ label: "debian-12:2", version: 2 });
  expect((await upload("/images/debian-12:7")).json.label).toBe("debian-12:7");
  expect((await ask("GET", "/images/debian-12")).json.version).toBe(7);
  expect((await ask("GET", "/images/debian-12:2")).json.rawBytes).toBe(3);
  expect(labels(await ask("GET", "/images"))).toEqual(["debian-12:7"]);
  expect(labels(await ask("GET", "/images?allVersions=true"))).toEqual([
    "debian-12:1",
    "debian-12:2",
    "debian-12:7",
  ]);
});

test("an administrator imports for others, and lists what is theirs", async () => {
  expect((await upload("/images/ada%2Ftools")).json).toMatchObject({ owner: "ada", label: "ada/tools:1" });
  expect(labels(await ask("GET", "/images?owner=ada"))).toEqual(["ada/tools:1"]);
  expect((await ask("GET", "/images/ada%2Ftools")).status).toBe(200);
  expect((await ask("GET", "/images/bob%2Ftools")).status).toBe(404);
});

test("a deployment installs the version that its name meant when it was asked for", async () => {
  await addNode();
  await upload("/images/debian-12");
  const started = await deploy({ image: "debian-12:1" });
  expect(started.json.image).toBe("debian-12:1");
  expect((await deploy({ image: "admin/debian-12:3" })).json.detail).toContain("no such image");
  appliance.deployments.finish("d1");
  expect((await deploy()).json.image).toBe("debian-12:2");
});

test("of several versions one must be named to be removed", async () => {
  await upload("/images/debian-12");
  const refused = await ask("DELETE", "/images/debian-12");
  expect([refused.status, refused.json.detail]).toEqual([
    409,
    'Cannot remove image "debian-12": it has the versions 1, 2; name one, as in debian-12:2, or say --all-versions',
  ]);
  expect((await ask("DELETE", "/images/debian-12:1")).status).toBe(204);
  await upload("/images/debian-12");
  expect((await ask("DELETE", "/images/debian-12?allVersions=true")).status).toBe(204);
  expect([...appliance.images.keys()]).toEqual([]);
});

test("a description goes before the upload, once, and its mistakes are told with their place", async () => {
  const wrong = await ask("POST", "/image-descriptions", { yaml: "version: 2\nkernal: x\nseed: y\n" });
  expect([wrong.status, wrong.json.type]).toEqual([422, "/problems/badDescription"]);
  expect(wrong.json.detail).toMatch(
    /line 2, column 1: wanted one of .*; line 3, column 7: seed: wanted one of/,
  );
  const id = await described("version: 5\nvisibility: shared\nauthor: Ada\nkernelArguments: quiet\n");
  expect((await upload(`/images/other?description=${id}`)).json).toMatchObject({
    label: "other:5",
    visibility: "shared",
    about: { author: "Ada", kernelArguments: ["quiet"] },
  });
  expect((await upload(`/images/other?description=${id}`)).status).toBe(404);
});

test("an upload says more than its description", async () => {
  const id = await described("version: 5\nvisibility: shared\n");
  expect((await upload(`/images/other:6?description=${id}&visibility=private`)).json).toMatchObject({
    label: "other:6",
    visibility: "private",
  });
});

test("what is printed of an image describes it when it is imported again", async () => {
  const text = "version: 5\nprobe:\n  kind: tcp\n  port: 2222\nminimumDisk: 20 GB\n";
  await upload(`/images/other?description=${await described(text)}`);
  const { yaml } = (await ask("GET", "/images/other/description")).json;
  expect(yaml).toBe(
    "name: other\nversion: 5\nvisibility: public\nprobe:\n  kind: tcp\n  port: 2222\nminimumDisk: 20 GB\n",
  );
  const sent = await ask("POST", "/image-descriptions", { yaml });
  expect(sent.json).toMatchObject({ name: "other", version: 5 });
});

test("fields are changed one by one, and null takes one away", async () => {
  const change = (body: object) => ask("PATCH", "/images/debian-12", body);
  const changed = await change({ author: "Ada", kernelArguments: ["quiet"], minimumDisk: "8 GB" });
  expect(changed.json.about).toEqual({ author: "Ada", kernelArguments: ["quiet"], minimumDiskBytes: 8e9 });
  expect((await change({ author: null, minimumDisk: null })).json.about).toEqual({
    kernelArguments: ["quiet"],
  });
  expect((await change({ visibility: "private" })).json.visibility).toBe("private");
  expect(appliance.images.get("debian-12:1")).toMatchObject({ visibility: "private", digest: IMAGE.digest });
  expect(appliance.events.map(({ kind }) => kind)).toEqual(Array(3).fill("imageChanged"));
});

test.each([
  [
    "an argument that acts",
    { kernelArguments: ["a;reboot"] },
    422,
    /kernelArguments\[0\]: wanted kernel arg/,
  ],
  ["a field that is none", { digest: "ab" }, 400, /digest: there is no such field/],
  ["its name", { name: "x" }, 400, /name: there is no such field/],
  ["a kernel that nobody saw", { kernel: "boot/other" }, 422, /import it again with that description/],
  ["a list where a text is wanted", { author: [["x"]] }, 422, /author: wanted one line/],
] as const)("is not changed: %s", async (_, body, status, detail) => {
  const refused = await ask("PATCH", "/images/debian-12", body);
  expect(refused.status).toBe(status);
  expect(refused.json.detail).toMatch(detail);
  expect(appliance.images.get("debian-12:1")).toEqual(IMAGE);
});

test("values as deep as a stack are refused", async () => {
  const deep = `{"author":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const refused = await ask("PATCH", "/images/debian-12", deep, { "content-type": "application/json" });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.status).toBeLessThan(500);
  expect(appliance.faults).toEqual([]);
});

describe("who sees an import when nobody says", () => {
  const uploadAs = (token: string, path: string) =>
    ask("PUT", path, "x", { ...bytes, authorization: `Bearer ${token}` });

  test("is who saw the version that it replaces, else the newest", async () => {
    await ask("PATCH", "/images/debian-12", { visibility: "shared" });
    expect((await upload("/images/debian-12:2?visibility=private")).json.visibility).toBe("private");
    expect((await upload("/images/debian-12:1?replace=true")).json.visibility).toBe("shared");
    expect((await upload("/images/debian-12?replace=true")).json.visibility).toBe("private");
    expect((await upload("/images/debian-12")).json).toMatchObject({ version: 3, visibility: "private" });
  });

  test("of a new name is everybody when it is an administrator's own only", async () => {
    expect((await upload("/images/new")).json.visibility).toBe("public");
    expect((await upload("/images/ada%2Fnew")).json.visibility).toBe("private");
    expect((await uploadAs(await tokenOf("user", "bob"), "/images/new")).json.visibility).toBe("private");
  });

  test("is never everybody when a user imports", async () => {
    const bob = await tokenOf("user", "bob");
    await uploadAs(bob, "/images/tools");
    await ask("PATCH", "/images/bob%2Ftools", { visibility: "public" });
    expect(await uploadAs(bob, "/images/tools?replace=true")).toMatchObject({
      status: 403,
      json: { type: "/problems/notAdmin" },
    });
    expect((await uploadAs(bob, "/images/tools")).json).toMatchObject({ version: 2, visibility: "shared" });
    expect((await uploadAs(bob, "/images/tools?replace=true")).json.visibility).toBe("shared");
  });
});

test("the owner of a public image changes what is of no effect only", async () => {
  const bob = await tokenOf("user", "bob");
  await upload("/images/bob%2Ftools?visibility=public");
  const change = (body: object) => askAs(bob, "PATCH", "/images/bob%2Ftools", body);
  expect((await change({ author: "Bob", description: "x" })).status).toBe(200);
  const refused = await change({ author: "Bob", kernelArguments: ["quiet"] });
  expect([refused.status, refused.json.detail]).toEqual([
    403,
    'Cannot change image "bob/tools:1": it is public, and you change its description and author only; ask an administrator, or make it shared first',
  ]);
  expect((await change({ visibility: "shared" })).status).toBe(200);
  expect((await change({ kernelArguments: ["quiet"] })).status).toBe(200);
});

test("a name that several owners publish is refused, with what it may mean", async () => {
  await upload("/images/ada%2Ftools?visibility=public");
  await upload("/images/bob%2Ftools?visibility=public");
  expect(await ask("GET", "/images/tools")).toMatchObject({
    status: 409,
    json: {
      type: "/problems/ambiguousImage",
      detail: 'Cannot tell which image "tools" is: say one of ada/tools:1, bob/tools:1',
    },
  });
  await addNode();
  expect((await deploy({ image: "tools" })).json.type).toBe("/problems/ambiguousImage");
});
