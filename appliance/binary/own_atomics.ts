/**
 * Makes the program independent of libatomic.so.1.
 *
 * Official Node imports one function from it, `__atomic_compare_exchange`, and a minimal Debian or Ubuntu does not have
 * the library: the loader would end the program before its first instruction. So the function goes into the program,
 * its one relocation becomes a constant, and the library leaves the lists of what is needed. The layout of the file
 * does not change by a byte, which is why this may be done to a finished single executable.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DT, type DynamicEntry, Elf, PT } from "./elf.ts";

const LIBRARY = "libatomic.so.1";
const FUNCTION = "__atomic_compare_exchange";

const R_X86_64_JUMP_SLOT = 7;
const R_X86_64_RELATIVE = 8;
const DF_1_NOW = 1;
const RELOCATION_BYTES = 24;
const SYMBOL_BYTES = 24;
/** Version index "global, without version". */
const VER_NDX_GLOBAL = 1;

/** Always there where Debian's package manager is: libc6, libgcc-s1, libstdc++6. */
const LIBRARIES_OF_A_MINIMAL_SYSTEM = new Set([
  "libc.so.6",
  "libm.so.6",
  "libdl.so.2",
  "libpthread.so.0",
  "libstdc++.so.6",
  "libgcc_s.so.1",
  "ld-linux-x86-64.so.2",
]);

/**
 * Edits `program` in place. `code` is the machine code of compare_exchange.c.
 *
 * @throws when the program is not built the way that this edit is right for, with what is different.
 */
export function bringOwnAtomics(program: Buffer, code: Buffer): void {
  const elf = new Elf(program);
  if (elf.needed().includes(LIBRARY)) {
    const slot = findSlot(elf);
    checkCallers(elf, slot.target);
    fillSlot(elf, { slot, address: elf.addCode(code) });
    dropVersions(elf);
    dropLibrary(elf);
  }
  const missing = elf.needed().filter((name) => !LIBRARIES_OF_A_MINIMAL_SYSTEM.has(name));
  if (missing.length > 0)
    throw new Error(`The program needs libraries that a minimal system lacks: ${missing.join(", ")}`);
}

/** One relocation: `at` in the file, for the table entry at address `target`. */
type Slot = { readonly at: number; readonly target: number; readonly symbol: number };

function findSlot(elf: Elf): Slot {
  const table = elf.offsetOf(elf.dynamicEntry(DT.jumpRelocations).value);
  const bytes = elf.dynamicEntry(DT.pltRelBytes).value;
  for (let at = table; at < table + bytes; at += RELOCATION_BYTES) {
    const type = elf.bytes.readUInt32LE(at + 8);
    const symbol = elf.bytes.readUInt32LE(at + 12);
    if (type === R_X86_64_JUMP_SLOT && symbolName(elf, symbol) === FUNCTION)
      return { at, target: elf.number(at), symbol };
  }
  throw new Error(
    `No jump slot for ${FUNCTION}: look at the program with readelf -r and mend own_atomics.ts`,
  );
}

function symbolName(elf: Elf, symbol: number): string {
  const at = elf.offsetOf(elf.dynamicEntry(DT.symbolTable).value) + symbol * SYMBOL_BYTES;
  return elf.string(elf.bytes.readUInt32LE(at));
}

/** The loader then writes the address of our code into the slot and looks nothing up. */
function fillSlot(elf: Elf, fill: { readonly slot: Slot; readonly address: number }): void {
  // A lazy loader would take the slot for its own; Node is linked with -z now.
  const flags = elf.dynamic().find(({ tag }) => tag === DT.flags1)?.value ?? 0;
  if ((flags & DF_1_NOW) === 0) throw new Error("The program is bound lazily");
  elf.bytes.writeUInt32LE(R_X86_64_RELATIVE, fill.slot.at + 8);
  elf.bytes.writeUInt32LE(0, fill.slot.at + 12);
  elf.setNumber(fill.slot.at + 16, fill.address);
  const versions = elf.offsetOf(elf.dynamicEntry(DT.symbolVersions).value);
  elf.bytes.writeUInt16LE(VER_NDX_GLOBAL, versions + fill.slot.symbol * 2);
}

/** Takes the library out of the chain of wanted versions, which the loader checks for each library of it. */
function dropVersions(elf: Elf): void {
  const start = elf.dynamicEntry(DT.versionNeed);
  const count = elf.dynamicEntry(DT.versionNeedCount);
  let before: number | undefined;
  let at = elf.offsetOf(start.value);
  for (let index = 0; index < count.value; index++) {
    const next = elf.bytes.readUInt32LE(at + 12);
    if (elf.string(elf.bytes.readUInt32LE(at + 4)) === LIBRARY) {
      if (before === undefined) elf.setNumber(start.at + 8, start.value + next);
      else elf.bytes.writeUInt32LE(next === 0 ? 0 : at + next - before, before + 12);
      elf.setNumber(count.at + 8, count.value - 1);
      return;
    }
    before = at;
    at += next;
  }
  throw new Error(`${LIBRARY} is not among the wanted versions`);
}

/** The C library is needed anyway, and may be named twice: so nothing has to move up. */
function dropLibrary(elf: Elf): void {
  const named = (name: string): DynamicEntry => {
    const found = elf.dynamic().find((e) => e.tag === DT.needed && elf.string(e.value) === name);
    if (!found) throw new Error(`The program does not need ${name}`);
    return found;
  };
  elf.setNumber(named(LIBRARY).at + 8, named("libc.so.6").value);
}

/** `call rel32`, `jmp rel32`. */
const CALLS: readonly number[] = [0xe8, 0xe9];
/** `mov $8, %edi`: the first argument, the size. */
const SIZE_IS_EIGHT = Buffer.from("bf08000000", "hex");
const ARGUMENT_SET_UP_BYTES = 64;

/** Our function knows objects of 8 bytes only. Every call of it must pass that size as a constant. */
function checkCallers(elf: Elf, slotAddress: number): void {
  const stub = findStub(elf, slotAddress);
  let calls = 0;
  for (const text of elf.segments().filter((s) => s.type === PT.load && s.executable)) {
    const code = elf.bytes.subarray(text.offset, text.offset + text.fileBytes);
    for (const at of callsOf(code, stub - text.address)) {
      calls++;
      if (!code.subarray(Math.max(at - ARGUMENT_SET_UP_BYTES, 0), at).includes(SIZE_IS_EIGHT))
        throw new Error(
          `${FUNCTION} is called at 0x${(text.address + at).toString(16)} with a size that is not 8`,
        );
    }
  }
  if (calls === 0) throw new Error(`Found no call of ${FUNCTION}: the check of its callers is out of date`);
}

/** Positions in `code` of calls to the position `target`. */
function* callsOf(code: Buffer, target: number): Generator<number> {
  for (let at = 0; at + 5 <= code.length; at++) {
    if (CALLS.includes(code[at] ?? 0) && at + 5 + code.readInt32LE(at + 1) === target) yield at;
  }
}

/** The address of `jmp *slot(%rip)`. */
function findStub(elf: Elf, slotAddress: number): number {
  for (const text of elf.segments().filter((s) => s.type === PT.load && s.executable)) {
    const code = elf.bytes.subarray(text.offset, text.offset + text.fileBytes);
    for (let at = code.indexOf("ff25", 0, "hex"); at >= 0; at = code.indexOf("ff25", at + 1, "hex")) {
      if (at + 6 > code.length) break;
      if (text.address + at + 6 + code.readInt32LE(at + 2) === slotAddress) return text.address + at;
    }
  }
  throw new Error(`No stub jumps through the slot of ${FUNCTION}`);
}

/** Compiles compare_exchange.c in the folder `work`. @returns the bytes of its one function, checked to be all that the compiler made. */
export function machineCode(work: string): Buffer {
  const object = join(work, "compare_exchange.o");
  const code = join(work, "compare_exchange.bin");
  const flags = [
    "-O2",
    "-ffreestanding",
    "-fno-pic",
    "-fno-reorder-blocks-and-partition",
    "-fcf-protection=none",
    "-fno-asynchronous-unwind-tables",
  ];
  execFileSync("gcc", [
    "-Wall",
    "-Wextra",
    "-Werror",
    ...flags,
    "-c",
    join(import.meta.dirname, "compare_exchange.c"),
    "-o",
    object,
  ]);
  const relocations = execFileSync("readelf", ["-rW", object], { encoding: "utf8" });
  if (!relocations.includes("There are no relocations"))
    throw new Error(`compare_exchange.c: ${relocations}`);
  execFileSync("objcopy", ["-O", "binary", "-j", ".text", object, code]);
  return readFileSync(code);
}
