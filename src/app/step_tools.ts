import type { BootTokens } from "#src/access/boot_tokens.ts";
import type { SshKey } from "#src/access/ssh_key.ts";
import type { AgentHub } from "#src/agent/hub.ts";
import type { AgentInfo } from "#src/agent/node_link.ts";
import type { Broadcasts } from "#src/broadcast/broadcasts.ts";
import { realClock } from "#src/deploy/clock.ts";
import type { DeploymentStore } from "#src/deploy/deployment_store.ts";
import { probeHostKey } from "#src/deploy/host_key_probe.ts";
import type { Layouts } from "#src/deploy/layout/layouts.ts";
import { askOnce } from "#src/deploy/probes/network_probe.ts";
import { runBySsh } from "#src/deploy/ssh_run.ts";
import type { AgentSeen, StepTools } from "#src/deploy/tools.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Power } from "#src/power/power.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

export type StepParts = {
  readonly hub: Pick<AgentHub, "agentOf" | "waitForAgent" | "run" | "leave">;
  readonly broadcasts: Pick<Broadcasts, "join">;
  readonly power: Pick<Power, "act">;
  readonly tokens: Pick<BootTokens, "deploymentOfSession">;
  readonly nodeByName: (name: string) => Node | undefined;
  readonly layouts: Pick<Layouts, "byName">;
  readonly phoneHome: StepTools["phoneHome"];
  readonly addressOf: (node: string) => Ipv4 | undefined;
  readonly loginAddressOf: StepTools["loginAddressOf"];
  readonly sshKey: SshKey;
  readonly lastHostKeyOf: DeploymentStore["lastHostKeyOf"];
  readonly ramdiskStart: StepTools["ramdiskStart"];
};

/** The effects of deployment steps, carried out by the real services. */
export function stepTools(parts: StepParts): StepTools {
  const { hub, broadcasts, power, tokens, layouts, sshKey } = parts;
  const { nodeByName, phoneHome, addressOf, loginAddressOf, lastHostKeyOf, ramdiskStart } = parts;
  const seen = ({ node, bootId }: AgentInfo): AgentSeen => ({
    bootId,
    deployment: tokens.deploymentOfSession(node),
  });
  return {
    clock: realClock,
    ...{ nodeByName, addressOf, loginAddressOf, phoneHome, lastHostKeyOf, ramdiskStart },
    layoutByName: (name) => layouts.byName(name)?.layout,
    probeHostKey: (address, signal) => probeHostKey(address, signal),
    ask: (address, probe, signal) => askOnce(address, probe, signal),
    power: (node, action, signal) => power.act(node, action, signal),
    agentOf: (node) => {
      const agent = hub.agentOf(node);
      return agent && seen(agent);
    },
    waitForAgent: async (node, signal, accept) =>
      seen(await hub.waitForAgent(node, signal, (agent) => accept(seen(agent)))),
    run: (node, job, signal) => hub.run(node, job, { signal }),
    join: (request, signal, onProgress) => broadcasts.join(request, { signal, onProgress }),
    reboot: (node, signal) => hub.leave(node, "reboot", signal),
    kexec: (node, kexec, signal) => hub.leave(node, { kexec }, signal),
    sshPublicKey: sshKey.publicKey,
    ssh: (run, signal) => runBySsh({ ...run, privateKey: sshKey.privateKey }, signal),
  };
}
