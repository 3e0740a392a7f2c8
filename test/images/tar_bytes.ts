/** Makes tar blocks by hand, for archives that no tar would write. Not the code under test: it shares nothing with it. */

export type Field = {
  readonly path: string;
  readonly type?: string;
  readonly linkPath?: string;
  readonly data?: Buffer | string;
  /** Written in place of the size of `data`. */
  readonly sizeField?: Buffer;
};

/** Header block, data and padding. */
export function tarEntry(field: Field): Buffer {
  const data = Buffer.from(field.data ?? "");
  const block = Buffer.alloc(512);
  block.write(field.path, 0, 100, "utf8");
  block.write("0000755\0", 100);
  block.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
  field.sizeField?.copy(block, 124);
  block.write("00000000000\0", 136);
  block.write(field.type ?? "0", 156);
  block.write(field.linkPath ?? "", 157, 100, "utf8");
  block.write("ustar\u000000", 257, "latin1");
  sealed(block);
  return Buffer.concat([block, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** Writes the checksum that belongs to the block. */
export function sealed(block: Buffer): Buffer {
  block.write("        ", 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

export const TAR_END: Buffer = Buffer.alloc(1024);

export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const digits = String(Buffer.byteLength(rest)).length;
  const total = Buffer.byteLength(rest) + digits;
  const length = String(total).length === digits ? total : total + 1;
  return `${length}${rest}`;
}

/** A small root that an import takes for bootable, padded by `fill`. */
export function bootableRoot(fill: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([
    tarEntry({ path: "./", type: "5" }),
    tarEntry({ path: "./boot/vmlinuz-6.1.0-9-amd64", data: "old kernel" }),
    tarEntry({ path: "./boot/vmlinuz-6.1.0-10-amd64", data: "new kernel" }),
    tarEntry({ path: "./boot/initrd.img-6.1.0-10-amd64", data: "initramfs" }),
    tarEntry({ path: "./usr/sbin/init", type: "2", linkPath: "/usr/lib/systemd/systemd" }),
    tarEntry({ path: "./usr/lib/os-release", data: "NAME=\"Test Linux\"\nVERSION='1 (one)'\nX=`id`\n" }),
    tarEntry({ path: "./etc/os-release", type: "2", linkPath: "../usr/lib/os-release" }),
    tarEntry({ path: "./fill", data: fill }),
    TAR_END,
  ]);
}
