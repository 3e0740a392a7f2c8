/** The windows that all who start machines share: deployments, power commands. */
import type { Settings } from "#src/config/settings.ts";
import { BootSlots } from "#src/deploy/boot_slots.ts";
import { realClock } from "#src/deploy/clock.ts";
import type { Admit } from "#src/deploy/runner.ts";
import type { DeployService } from "#src/deploy/service.ts";
import type { NodeRegistry } from "#src/nodes/registry.ts";
import { type Entry, type GateClock, StartGate } from "#src/power/gate.ts";
import type { Power, PowerWindow } from "#src/power/power.ts";
import type { PowerGroup, WindowState } from "#src/power/window.ts";
import { matchesWildcard } from "#src/value/wildcard.ts";

/** Longer than any boot that somebody still waits for. */
const MAX_BOOT_MS = 2 * 3_600_000;
/** As long as a power command may take, retries included. */
const MAX_COMMAND_MS = 600_000;
/** Deployments start no more of them in a second than the power window lets through. */
const NO_RATE = 1_000_000;

export type Windows = {
  /** What the power control asks before a command. */
  readonly power: PowerWindow;
  /** For steps that start machines; those that use the power control get a slot of the power window as well. */
  readonly admitWith: (power: Pick<Power, "reserve">) => Admit;
  /** Counts what runs already, and hears of what moves. @returns what ends it */
  readonly follow: (deployments: DeployService) => () => void;
  readonly state: () => { readonly reboot: WindowState; readonly power: WindowState };
};

export type WindowParts = {
  readonly settings: Pick<Settings, "reboot-window" | "power-window" | "power-rate" | "power-group">;
  readonly nodes: Pick<NodeRegistry, "byName">;
  readonly deploymentOf: (node: string) => string | undefined;
  readonly clock?: GateClock;
};

const CLOCK: GateClock = { nowMs: realClock.monotonicMs, after: realClock.after };

export function startWindows({ settings, nodes, deploymentOf, clock = CLOCK }: WindowParts): Windows {
  const sizes = { inFlight: settings["reboot-window"], perSecond: NO_RATE, maxHoldMs: MAX_BOOT_MS };
  const reboot = new StartGate(sizes, clock);
  const rates = { inFlight: settings["power-window"], perSecond: settings["power-rate"] };
  const power = new StartGate({ ...rates, maxHoldMs: MAX_COMMAND_MS }, clock);
  const groupsOf = (node: string): readonly PowerGroup[] =>
    (nodes.byName(node)?.groups ?? []).flatMap((name) => {
      const found = settings["power-group"].find(({ pattern }) => matchesWildcard(pattern, name));
      return found ? [{ name, inFlight: found.inFlight }] : [];
    });
  const laneOf = (node: string): string => deploymentOf(node) ?? "power";
  const entryOf = (node: string): Entry => ({ lane: laneOf(node), groups: groupsOf(node) });
  const slots = new BootSlots((node, signal, onWait) => reboot.enter(entryOf(node), signal, onWait));
  return {
    power: { enter: (entry, signal, onWait) => power.enter(entry, signal, onWait), groupsOf },
    admitWith: (control) => async (node, state, signal, onWait) => {
      await slots.admit(node, state, signal, () => onWait("a slot of the reboot window"));
      if (!state.step.startsWith("power-into-")) return { [Symbol.dispose]: () => {} };
      return await control.reserve(node, {
        ...{ lane: laneOf(node), action: "cycle", signal },
        onWait: () => onWait("a slot of the power window"),
      });
    },
    follow: (deployments) => {
      for (const { nodes: all } of deployments.running())
        for (const progress of all) slots.restore(progress, (node) => reboot.enterAnyway(entryOf(node)));
      return deployments.subscribe((change) => {
        if (change.kind === "node") slots.moved(change.progress.node, change.progress.state);
        if (change.kind !== "ended") return;
        // Who failed early may be booting for another one by now.
        for (const { node } of change.deployment.nodes)
          if ((deploymentOf(node) ?? change.deployment.id) === change.deployment.id) slots.free(node);
      });
    },
    state: () => ({ reboot: reboot.state(), power: power.state() }),
  };
}
