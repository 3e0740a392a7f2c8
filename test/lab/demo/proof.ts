/** Proof that a machine runs what was to be installed: asked over SSH, with the key that was to be let in. Parts are pure. */
import type { Lab } from "../lab.ts";
import type { LabNode } from "../plan.ts";

/** What the installed system said about itself. */
export type Facts = Readonly<Record<(typeof QUESTIONS)[number][0], string>>;

export type Proof = { readonly node: LabNode; readonly facts: Facts; readonly problems: readonly string[] };

const QUESTIONS = [
  ["hostname", "hostname"],
  ["serial", "cat /sys/class/dmi/id/product_serial"],
  ["firmware", "if [ -d /sys/firmware/efi ]; then echo uefi; else echo bios; fi"],
  ["kernel", "uname -r"],
  ["root", "findmnt -no SOURCE,FSTYPE /"],
  ["rootMb", "df -m --output=size / | tail -n 1"],
  ["usedMb", "df -m --output=used / | tail -n 1"],
  ["uptimeSec", "cut -d. -f1 /proc/uptime"],
  ["machineId", "cat /etc/machine-id"],
  ["hostKey", "cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub"],
  ["passwordLogin", "sshd -T 2>/dev/null | grep -c '^permitrootlogin yes' || true"],
] as const;

/** A system smaller than this is not the Debian that was imported. */
const LEAST_USED_MB = 300;

/** Asks one machine, from the appliance's network. @throws when it does not let us in. */
export async function askNode(lab: Lab, { node, address, key }: Question): Promise<Proof> {
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
  ];
  const script = QUESTIONS.map(([name, command]) => `printf '%s=%s\\n' ${name} "$(${command})"`).join("; ");
  const words = [...options, "ConnectTimeout=15", "IdentitiesOnly=yes"].flatMap((option) => ["-o", option]);
  const { code, stdout, stderr } = await lab.exec(["ssh", ...words, "-i", key, `root@${address}`, script]);
  if (code !== 0) throw new Error(`ssh to ${node.name} (${address}) ended with ${code}: ${stderr.trim()}`);
  const facts = readFacts(stdout);
  return { node, facts, problems: problemsOf(node, facts) };
}

export type Question = { readonly node: LabNode; readonly address: string; readonly key: string };

function readFacts(stdout: string): Facts {
  const said = new Map(
    stdout.split("\n").map((line) => {
      const [name = "", ...value] = line.split("=");
      return [name, value.join("=").trim()];
    }),
  );
  return Object.fromEntries(QUESTIONS.map(([name]) => [name, said.get(name) ?? ""])) as Facts;
}

function problemsOf(node: LabNode, facts: Facts): string[] {
  const wanted: readonly (readonly [keyof Facts, string])[] = [
    ["hostname", node.name],
    ["serial", `LAB-${node.name}`],
    ["firmware", node.firmware],
    ["passwordLogin", "0"],
  ];
  const wrong = wanted
    .filter(([name, value]) => facts[name] !== value)
    .map(([name, value]) => `${node.name}: ${name} is "${facts[name]}", wanted "${value}"`);
  if (Number(facts.usedMb) < LEAST_USED_MB)
    wrong.push(`${node.name}: only ${facts.usedMb} MB on its disk, wanted ${LEAST_USED_MB} or more`);
  return wrong;
}

/** What must never be the same on two machines. */
export function twins(proofs: readonly Proof[]): string[] {
  return (["machineId", "hostKey"] as const).flatMap((name) => {
    const values = proofs.map(({ facts }) => facts[name]);
    const alike = values.filter((value, index) => value === "" || values.indexOf(value) !== index);
    return alike.length > 0 ? [`${alike.length} machines have no ${name} of their own`] : [];
  });
}
