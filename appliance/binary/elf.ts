/**
 * Just enough of a 64-bit little-endian ELF program to edit its dynamic linking in place: System V gABI chapters 4
 * and 5, symbol versions as in the LSB "Symbol Versioning".
 *
 * Offsets are bytes in the file. Throws with what it found: the input is a program of our own build.
 */

export const PT = { load: 1, dynamic: 2 } as const;
export const DT = {
  null: 0,
  needed: 1,
  pltRelBytes: 2,
  stringTable: 5,
  symbolTable: 6,
  jumpRelocations: 23,
  flags1: 0x6ffffffb,
  versionNeed: 0x6ffffffe,
  versionNeedCount: 0x6fffffff,
  symbolVersions: 0x6ffffff0,
} as const;
export const EM_X86_64 = 62;
const PF_EXECUTE = 1;
const PAGE_BYTES = 4096;

export type Segment = {
  /** Where its program header is. */
  readonly header: number;
  readonly type: number;
  readonly executable: boolean;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
};

export type DynamicEntry = { readonly at: number; readonly tag: number; readonly value: number };

export class Elf {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    if (bytes.toString("latin1", 0, 4) !== "\x7fELF" || bytes[4] !== 2 || bytes[5] !== 1) {
      throw new Error("Not a 64-bit little-endian ELF file");
    }
    const machine = bytes.readUInt16LE(18);
    if (machine !== EM_X86_64) throw new Error(`Not an x86-64 program: ELF machine ${machine}`);
    this.bytes = bytes;
  }

  number(at: number): number {
    return Number(this.bytes.readBigUInt64LE(at));
  }

  setNumber(at: number, value: number): void {
    this.bytes.writeBigUInt64LE(BigInt(value), at);
  }

  segments(): readonly Segment[] {
    const first = this.number(32);
    const size = this.bytes.readUInt16LE(54);
    return Array.from({ length: this.bytes.readUInt16LE(56) }, (_, index) => {
      const header = first + index * size;
      return {
        header,
        type: this.bytes.readUInt32LE(header),
        executable: (this.bytes.readUInt32LE(header + 4) & PF_EXECUTE) !== 0,
        offset: this.number(header + 8),
        address: this.number(header + 16),
        fileBytes: this.number(header + 32),
        memoryBytes: this.number(header + 40),
      };
    });
  }

  /** Where in the file the byte lies that is mapped at `address`. */
  offsetOf(address: number): number {
    const found = this.segments().find(
      (s) => s.type === PT.load && address >= s.address && address < s.address + s.fileBytes,
    );
    if (!found) throw new Error(`No segment holds address 0x${address.toString(16)}`);
    return found.offset + (address - found.address);
  }

  dynamic(): readonly DynamicEntry[] {
    const segment = this.segments().find((s) => s.type === PT.dynamic);
    if (!segment) throw new Error("The program is linked statically: it has no dynamic segment");
    const entries: DynamicEntry[] = [];
    for (let at = segment.offset; at < segment.offset + segment.fileBytes; at += 16) {
      const entry = { at, tag: this.number(at), value: this.number(at + 8) };
      if (entry.tag === DT.null) break;
      entries.push(entry);
    }
    return entries;
  }

  dynamicEntry(tag: number): DynamicEntry {
    const entry = this.dynamic().find((candidate) => candidate.tag === tag);
    if (!entry) throw new Error(`The dynamic segment has no entry of tag 0x${tag.toString(16)}`);
    return entry;
  }

  /** The string at `index` of the dynamic string table. */
  string(index: number): string {
    const at = this.offsetOf(this.dynamicEntry(DT.stringTable).value) + index;
    return this.bytes.toString("latin1", at, this.bytes.indexOf(0, at));
  }

  /** Libraries that the loader must find. */
  needed(): readonly string[] {
    return this.dynamic()
      .filter(({ tag }) => tag === DT.needed)
      .map(({ value }) => this.string(value));
  }

  /**
   * Puts machine code into the unused end of the last page of an executable segment, which is mapped anyway.
   *
   * @returns the address of the code.
   */
  addCode(code: Buffer): number {
    const segments = this.segments().filter((s) => s.type === PT.load);
    for (const segment of segments.filter((s) => s.executable)) {
      const start = Math.ceil((segment.offset + segment.fileBytes) / 16) * 16;
      const pageEnd = Math.ceil((segment.offset + segment.fileBytes) / PAGE_BYTES) * PAGE_BYTES;
      const next = segments.map((s) => s.offset).filter((offset) => offset > segment.offset);
      const free = this.bytes.subarray(start, start + code.length);
      const fits = start + code.length <= Math.min(pageEnd, ...next);
      if (!fits || segment.fileBytes !== segment.memoryBytes || free.some((byte) => byte !== 0)) continue;
      code.copy(this.bytes, start);
      const bytes = start + code.length - segment.offset;
      this.setNumber(segment.header + 32, bytes);
      this.setNumber(segment.header + 40, bytes);
      return segment.address + (start - segment.offset);
    }
    throw new Error(`No executable segment has ${code.length} unused bytes in its last page`);
  }
}
