import fc from "fast-check";
import { expect, test } from "vitest";
import { architectureOf } from "#src/images/program_architecture.ts";

const elf = (machine: number): Buffer => {
  const head = Buffer.alloc(64);
  head.write("7f454c46020101", "hex");
  head.writeUInt16LE(machine, 18);
  return head;
};

function pe(machine: number, at = 0x40): Buffer {
  const head = Buffer.alloc(1024);
  head.write("MZ");
  head.writeUInt32LE(at, 0x3c);
  head.write("PE\0\0", at);
  head.writeUInt16LE(machine, at + 4);
  return head;
}

const signed = (at: number, text: string): Buffer => {
  const head = Buffer.alloc(1024);
  head.write(text, at);
  return head;
};

test.each([
  ["ELF for x86-64", elf(0x3e), "amd64"],
  ["ELF for AArch64", elf(0xb7), "arm64"],
  ["ELF for RISC-V", elf(0xf3), undefined],
  ["ELF cut short", elf(0x3e).subarray(0, 19), undefined],
  ["EFI stub for x86-64", pe(0x8664), "amd64"],
  ["EFI stub for AArch64", pe(0xaa64), "arm64"],
  ["EFI stub whose header lies further on", pe(0x8664, 1018).subarray(0, 1020), undefined],
  ["kernel of the x86 boot protocol", signed(0x202, "HdrS"), "amd64"],
  ["kernel of the arm64 boot protocol", signed(0x38, "ARMd"), "arm64"],
  ["a script", Buffer.from("#!/bin/sh\n"), undefined],
  ["nothing", Buffer.alloc(0), undefined],
])("%s", (_, head, wanted) => {
  expect(architectureOf(head)).toBe(wanted);
});

test("an ELF of the other byte order is none of them", () => {
  const head = elf(0x3e);
  head[5] = 2;
  expect(architectureOf(head)).toBeUndefined();
});

test("no bytes make it throw", () => {
  const start = fc.constantFrom("", "4d5a", "7f454c46", "4d5a900003000000");
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 1100 }), (hex, rest) => {
      architectureOf(Buffer.concat([Buffer.from(hex, "hex"), rest]));
    }),
  );
});
