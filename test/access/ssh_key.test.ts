import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { generateSshKey } from "#src/access/ssh_key.ts";

test("every key pair can be read again, also one whose public key begins with a zero", () => {
  const broken = Array.from({ length: 2000 }, () => generateSshKey("a comment")).filter((pair) =>
    [pair.private, pair.public].some((text) => ssh2.utils.parseKey(text) instanceof Error),
  );
  expect(broken).toEqual([]);
});
