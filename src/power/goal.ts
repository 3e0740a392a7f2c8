/** What an action means for a machine that is found on or off. Pure. */
import type { Verb } from "./driver.ts";
import type { PowerAction, PowerState } from "./result.ts";

export type Goal =
  /** Already as wanted: some BMCs answer "off" with an error when it is off. */
  | { readonly kind: "nothing" }
  /** Nothing to be read back. */
  | { readonly kind: "send"; readonly verb: Verb }
  | { readonly kind: "bootFrom"; readonly verb: "pxe" | "disk"; readonly device: "network" | "disk" }
  /** Send, then look until the machine is as wanted. */
  | { readonly kind: "reach"; readonly verb: Verb; readonly wanted: PowerState };

export function goalOf(action: PowerAction, found: PowerState): Goal {
  switch (action) {
    case "status":
      return { kind: "nothing" };
    case "on":
    case "off":
      return found === action ? { kind: "nothing" } : { kind: "reach", verb: action, wanted: action };
    case "cycle":
    case "reset":
      // IPMI leaves it open what these do to a machine that is off; most BMCs do nothing, some refuse.
      return { kind: "reach", verb: found === "off" ? "on" : action, wanted: "on" };
    case "soft":
      return found === "off" ? { kind: "nothing" } : { kind: "send", verb: "soft" };
    case "boot-network":
      return { kind: "bootFrom", verb: "pxe", device: "network" };
    case "boot-disk":
      return { kind: "bootFrom", verb: "disk", device: "disk" };
  }
}
