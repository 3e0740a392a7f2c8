/** The smallest system a BIOS can boot: a sector that says `text` on the first serial port and stops. */
export function talkingBootSector(text: string): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from([
    ...[0x31, 0xc0, 0x8e, 0xd8], // xor ax,ax; mov ds,ax
    ...[0xbe, 0x15, 0x7c], // mov si,0x7c15: the text
    ...[0xba, 0xf8, 0x03], // mov dx,0x3f8: COM1
    ...[0xac, 0x84, 0xc0, 0x74, 0x03], // next: lodsb; test al,al; jz end
    ...[0xee, 0xeb, 0xf8], // out dx,al; jmp next
    ...[0xf4, 0xeb, 0xfd], // end: hlt; jmp end
  ]).copy(sector);
  sector.write(text, 0x15, 480, "latin1");
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
