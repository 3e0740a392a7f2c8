/**
 * taktuk and clush, which copy over remote shells. The shell is a plain TCP
 * connection over the same links as everything else: no handshake and no
 * encryption, which is kinder to them than SSH.
 */
import { chmodSync, linkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { addressOf } from "#test/broadcast/lan.ts";
import { type Crew, listening, type Run, succeeded } from "./crew.ts";
import type { Task } from "./point.ts";

const { PATH } = process.env;
const PORT = 2222;
/** Gateways of clush: nodes that hand commands on to others. */
const GATEWAYS = 4;

/** `ssh [OPTIONS] HOST COMMAND…`, also under that name: ends when the other side does, as ssh would. */
const CONNECTOR = `#!/usr/bin/perl
use IO::Socket::INET;
while ($ARGV[0] =~ /^-/) { shift if shift =~ /^-[olp]$/; }
my $socket = IO::Socket::INET->new(PeerAddr => shift, PeerPort => ${PORT}) or exit 255;
sub pass { my ($to, $bytes) = @_; while (length $bytes) { substr($bytes, 0, syswrite($to, $bytes) // exit) = ""; } }
pass($socket, "@ARGV\n");
my ($open, $bytes) = (1);
for (;;) {
  my $ready = "";
  vec($ready, 0, 1) = $open;
  vec($ready, fileno $socket, 1) = 1;
  select $ready, undef, undef, undef;
  if (vec $ready, fileno $socket, 1) { sysread($socket, $bytes, 65536) or exit; pass(*STDOUT, $bytes); }
  next unless $open && vec $ready, 0, 1;
  if (sysread STDIN, $bytes, 65536) { pass($socket, $bytes); } else { $open = 0; shutdown $socket, 1; }
}
`;
/** `scp [OPTIONS] FILE [HOST]:DIRECTORY`, which clush wants for the nodes that it reaches itself. */
const COPY = `#!/bin/bash
from="\${@: -2:1}" to="\${@: -1}"
host="$(tr -d '[]' <<< "\${to%%:*}")"
exec "\${0%/*}/ssh" "$host" "cat > \${to#*:}/out" < "$from"
`;
const SERVE = `#!/bin/bash
read -r command
exec bash -c "$command"
`;

const addresses = ({ lan }: Task): readonly string[] => lan.nodes.map((_, at) => addressOf(at + 1));
const program = (path: string, text: string): void => {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
};

/** A shell server on each node, for which /mnt is the node's own folder. */
async function serveShells({ lan, dirOf, image }: Task, crew: Crew): Promise<void> {
  const dir = dirOf("appliance");
  linkSync(image, join(dir, "out"));
  program(join(dir, "ssh"), CONNECTOR);
  program(join(dir, "scp"), COPY);
  program(join(dir, "serve"), SERVE);
  for (const node of lan.nodes) {
    const listen = `exec socat TCP-LISTEN:${PORT},fork,reuseaddr,nodelay EXEC:${dir}/serve,nofork`;
    const server = crew.start(node, `mount --bind ${dirOf(node)} /mnt; ${listen}`, pathWith(dir));
    await listening(server, PORT);
  }
}

const pathWith = (dir: string): Readonly<Record<string, string>> => ({ PATH: `${dir}:${PATH}` });

/** Each node connects the next and hands the file on to it. */
export const taktukChain = (): Run => ({
  prepare: serveShells,
  go: async (task, crew) => {
    const dir = task.dirOf("appliance");
    const hosts = addresses(task).map((address) => `-m ${address}`);
    const copy = `broadcast put [ ${dir}/out ] [ /mnt/out ]`;
    await succeeded(crew.start("appliance", `exec taktuk -s -c ${dir}/ssh -d 1 ${hosts.join(" ")} ${copy}`));
  },
});

/** Through gateways, which is what it has for many nodes. */
export const clushTree = (): Run => ({
  prepare: async (task, crew) => {
    await serveShells(task, crew);
    const all = addresses(task);
    const [gateways, leaves] = [all.slice(0, GATEWAYS), all.slice(GATEWAYS)].map((each) => each.join(","));
    const [admin] = hostname().split(".");
    const routes = `[routes]\n${admin}: ${gateways}\n${gateways}: ${leaves}\n`;
    writeFileSync(join(task.dirOf("appliance"), "topology.conf"), routes);
  },
  go: async (task, crew) => {
    const dir = task.dirOf("appliance");
    const words = `-w ${addresses(task).join(",")} --topology=${dir}/topology.conf`;
    const copy = `env CLUSTERSHELL_GW_PYTHON_EXECUTABLE=/usr/bin/python3 clush ${words} --copy ${dir}/out --dest /mnt/`;
    await succeeded(crew.start("appliance", `exec ${copy}`, pathWith(dir)));
  },
});
