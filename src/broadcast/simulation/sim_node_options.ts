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
  /** It has something to say that should not wait for the next heartbeat. */
  readonly onNews: () => void;
  readonly onBadBlock: (block: number, upstream: string) => void;
};
