import { expect, test } from "vitest";
import { loadBootFiles } from "#src/app/boot_files.ts";

test("a folder that is not there, or not complete, is refused with who can mend it", () => {
  expect(() => loadBootFiles("/nonexistent")).toThrow(
    /^Cannot read boot files from "\/nonexistent": ENOENT.*; leave --boot-files out, or name a folder that has them$/,
  );
  expect(() => loadBootFiles("src/app")).toThrow(
    /^Cannot serve boot files from "src\/app": ramdisk\/vmlinuz, .* not there; leave --boot-files out/,
  );
});

test("from the sources it is make build that mends them", () => {
  const here = process.cwd();
  try {
    process.chdir("src");
    expect(() => loadBootFiles(undefined)).toThrow(/^Cannot read boot files.*; build them with: make build$/);
  } finally {
    process.chdir(here);
  }
});
