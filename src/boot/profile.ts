/** What a node gets the next time it asks to boot. Derived from the deployments, never stored on its own, so it cannot go stale. */
export type BootProfile =
  /** Nothing was asked for: boot what is on the disk. */
  | { readonly kind: "localDisk"; readonly because: string }
  /** A deployment waits for the node's agent. */
  | { readonly kind: "ramdisk"; readonly deployment: string; readonly mode: "install" | "rescue" };
