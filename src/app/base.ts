import type { BootMemory } from "#src/boot/boot_memory.ts";
import type { BootTimelines } from "#src/boot/timelines.ts";
import type { Settings } from "#src/config/settings.ts";
import type { GroupOperations } from "#src/deploy/group_operations.ts";
import type { GroupWorkflows } from "#src/deploy/group_workflows.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { EventLog } from "#src/events/event_log.ts";
import type { Observe } from "#src/events/observation.ts";
import type { ObservationCounts } from "#src/events/observation_counts.ts";
import type { NodeGroups } from "#src/nodes/groups.ts";
import type { NodeRegistry } from "#src/nodes/registry.ts";
import type { Store } from "#src/store/store.ts";
import type { BootFiles } from "./boot_files.ts";
import type { Log } from "./log.ts";
import type { Choice } from "./network_choice.ts";
import type { ServedNetwork } from "./network_plan.ts";
import type { WhoIsWho } from "./who_is_who.ts";

export type ApplianceOptions = {
  readonly settings: Settings;
  /** What the settings, or the file that they name, want served and asked. */
  readonly choice: Choice;
  readonly log: Log;
  readonly version: string;
};

/** What every service is built with. */
export type Base = ApplianceOptions & {
  /** At least one. */
  readonly networks: readonly ServedNetwork[];
  readonly files: BootFiles;
  readonly store: Store;
  readonly groups: NodeGroups;
  readonly groupWorkflows: GroupWorkflows;
  readonly groupOperations: GroupOperations;
  readonly nodes: NodeRegistry;
  readonly whoIsWho: WhoIsWho;
  readonly events: EventLog;
  readonly record: RecordEvent;
  readonly observe: Observe;
  readonly observed: ObservationCounts;
  readonly timelines: BootTimelines;
  readonly boots: BootMemory;
  /** Takes whatever must be ended. */
  readonly stack: AsyncDisposableStack;
  readonly onFault: (fault: unknown) => void;
};

/** Ports on the provisioning network, beside those of DHCP and TFTP. */
export const PORTS = { bootHttp: 8080, agents: 7800, broadcast: 7802 } as const;
