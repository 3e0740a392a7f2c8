/** Net-SNMP's snmpd, with users of every kind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AuthProtocol, SnmpCredentials } from "#src/fabric/snmp_credentials.ts";

export const AUTH_KEY = "authentic-12";
export const PRIV_KEY = "private-1234";
export const COMMUNITY = "lab";

/** As snmpd.conf and `snmpget -a` call them. */
export const AUTH_NAMES: Readonly<Record<AuthProtocol, string>> = {
  md5: "MD5",
  sha: "SHA",
  sha224: "SHA-224",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};
export const authProtocols = Object.keys(AUTH_NAMES) as readonly AuthProtocol[];

export const privUser = (authProtocol: AuthProtocol): SnmpCredentials => ({
  ...{ version: "3", user: `u${authProtocol}`, level: "authPriv", authProtocol, authKey: AUTH_KEY },
  ...{ privProtocol: "aes", privKey: PRIV_KEY },
});

export type Snmpd = AsyncDisposable & { readonly port: number };

/** Serves what this machine has, on 127.0.0.1. */
export async function startSnmpd(port: number): Promise<Snmpd> {
  const dir = mkdtempSync(join(tmpdir(), "brigade-snmpd-"));
  const config = join(dir, "snmpd.conf");
  writeFileSync(config, `${configLines(port).join("\n")}\n`);
  const argv = ["-f", "-Lo", "-C", "-c", config, "-I", "-smux,mteTrigger,mteTriggerConf"];
  const env = { ...process.env, SNMP_PERSISTENT_DIR: join(dir, "state"), MIBS: "" };
  const child = spawn("snmpd", argv, { stdio: ["ignore", "pipe", "pipe"], env });
  await started(child);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      rmSync(dir, { recursive: true });
    },
  };
}

async function started(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  const stream = child.stdout;
  if (!stream) throw new Error("snmpd has no output");
  for await (const line of createInterface({ input: stream })) {
    said.push(line);
    if (line.includes("NET-SNMP version")) return;
  }
  throw new Error(`snmpd ended at once: ${said.join(" | ")}`);
}

const configLines = (port: number): readonly string[] => [
  `agentAddress udp:127.0.0.1:${port}`,
  "sysName lab-switch",
  `rocommunity ${COMMUNITY}`,
  ...authProtocols.map((name) => `createUser u${name} ${AUTH_NAMES[name]} "${AUTH_KEY}" AES "${PRIV_KEY}"`),
  ...authProtocols.map((name) => `rouser u${name} priv`),
  `createUser uaes256 SHA-512 "${AUTH_KEY}" AES-256 "${PRIV_KEY}"`,
  "rouser uaes256 priv",
  `createUser onlyauth SHA "${AUTH_KEY}"`,
  "rouser onlyauth auth",
  "createUser open",
  "rouser open noauth",
];
