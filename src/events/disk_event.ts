import { type BroadcastEvent, describeBroadcast } from "./broadcast_event.ts";

/** What became of layouts and disks. */
export type DiskEvent =
  | { readonly kind: "layoutAdded"; readonly layout: string }
  | { readonly kind: "layoutRemoved"; readonly layout: string };

/** The sentences of `describeEvent` for these. */
export function describeDisk(event: DiskEvent | BroadcastEvent): string {
  switch (event.kind) {
    case "layoutAdded":
      return `Layout ${event.layout} was added`;
    case "layoutRemoved":
      return `Layout ${event.layout} was removed`;
    default:
      return describeBroadcast(event);
  }
}
