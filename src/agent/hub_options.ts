/** What the hub is given, and what it tells those who watch it. */
import type { RecordEvent } from "#src/events/event.ts";
import type { Observe } from "#src/events/observation.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { HubLimits } from "./hub_limits.ts";
import type { Identity } from "./identity.ts";
import type { Inventory } from "./inventory.ts";
import type { Hello } from "./messages.ts";

export type Admission =
  | { readonly ok: true; readonly node: string; readonly session: string }
  | { readonly ok: false; readonly reason: string };

export type HubOptions = {
  readonly address: string;
  /** 0 lets the system choose; read `AgentHub.port` afterwards. */
  readonly port: number;
  readonly identity: Pick<Identity, "certPem" | "keyPem">;
  /** Decides whether a hello with its token or session is genuine, and whose it is; records its refusals itself. A rejection closes the connection. */
  readonly admit: (hello: Hello, peer: Ipv4) => Promise<Admission>;
  readonly record: RecordEvent;
  /** Gets the first sign of how long each boot's kernel has been up. */
  readonly observe?: Observe;
  /** Called at each admitted hello that brought an inventory, and when the node has heard other LLDP than before. */
  readonly onInventory?: (node: string, inventory: Inventory) => void;
  /** An inventory kept from before this process started. */
  readonly inventoryOf?: (node: string) => Inventory | undefined;
  readonly limits?: Partial<HubLimits>;
  /** Monotonic. */
  readonly nowMs?: () => number;
};

/** A change in who is there. `lost` may come back; `leaving` said so itself. */
export type AgentChange = {
  readonly kind: "here" | "lost" | "leaving";
  readonly node: string;
  readonly bootId: string;
};
