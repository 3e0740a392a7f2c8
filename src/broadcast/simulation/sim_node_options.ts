import type { Link } from "./fabric.ts";

export type SimNodeOptions = {
  readonly name: string;
  readonly endpoint: string;
  readonly switchAt: number;
  readonly egress: Link;
  readonly ingress: Link;
  /** Infinity: as fast as anything can come. */
  readonly diskBytesPerMs: number;
  /** Blocks that fit into its memory. */
  readonly memoryBlocks: number;
};

export type SimNodeListener = {
  readonly onDone: () => void;
  readonly onLag: () => void;
  readonly onBadBlock: (block: number, upstream: string) => void;
};
