/** What changed between two scans of a fabric. Plain data; survives JSON unchanged. */
import type { PortRef, SwitchId } from "./graph.ts";

/**
 * How something came or went. `appeared`, `gone`: whoever would have told was read both times. `found`, `notSeen`:
 * nobody who would have told was read in the other scan, so it may have been there all the time, and may still be.
 */
export type Coming = "appeared" | "found";
export type Going = "gone" | "notSeen";

/** Switches go by name in the texts, ports as the switch calls them. */
export type FabricChange =
  | {
      readonly kind: "switch";
      readonly how: Coming | Going;
      readonly switch: SwitchId;
      readonly name: string;
      /** Links and nodes that came or went with it; they are not told one by one. */
      readonly links: number;
      readonly nodes: number;
    }
  | { readonly kind: "switchRenamed"; readonly switch: SwitchId; readonly from: string; readonly to: string }
  | {
      readonly kind: "link";
      readonly how: Coming | Going;
      readonly ends: readonly [PortRef, PortRef];
      readonly link: string;
    }
  | {
      readonly kind: "linkSpeed";
      readonly ends: readonly [PortRef, PortRef];
      readonly link: string;
      readonly fromMbit: number;
      readonly toMbit: number;
    }
  | {
      readonly kind: "node";
      readonly how: Coming | Going;
      readonly node: string;
      readonly at: PortRef;
      readonly place: string;
    }
  | {
      readonly kind: "nodeMoved";
      readonly node: string;
      readonly from: PortRef;
      readonly to: PortRef;
      readonly fromPlace: string;
      readonly toPlace: string;
    }
  /** A port with a link or a node at it. */
  | {
      readonly kind: "port";
      readonly isUp: boolean;
      readonly at: PortRef;
      readonly place: string;
      /** Who is, or was, at it. */
      readonly with: readonly string[];
    };
