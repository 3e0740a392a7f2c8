/** What is measured: a network, a size, and what each program makes of it. */
import type { Lan, LanPlan } from "#test/broadcast/lan.ts";

export type Point = {
  readonly name: string;
  readonly lan: LanPlan & { readonly rateMbit: number };
  readonly sizeBytes: number;
  /** Part of the long run only. */
  readonly long?: boolean;
};

/** All of them stay bound by the links on two cores. */
export const POINTS: readonly Point[] = [
  { name: "16 × 100 flat, 80 MB", lan: { nodes: 16, rateMbit: 100 }, sizeBytes: 80e6 },
  { name: "16 × 200 tree, 100 MB", lan: { nodes: 16, rateMbit: 200, edges: 4 }, sizeBytes: 100e6 },
  { name: "16 × 200 flat, 200 MB", lan: { nodes: 16, rateMbit: 200 }, sizeBytes: 200e6, long: true },
  { name: "50 × 50 flat, 40 MB", lan: { nodes: 50, rateMbit: 50 }, sizeBytes: 40e6, long: true },
  {
    name: "50 × 50 tree, 62.5 MB",
    lan: { nodes: 50, rateMbit: 50, edges: 4 },
    sizeBytes: 62.5e6,
    long: true,
  },
  { name: "200 × 10 flat, 12.5 MB", lan: { nodes: 200, rateMbit: 10 }, sizeBytes: 12.5e6, long: true },
  // Growth: the same link and file, more nodes.
  { name: "8 × 10 flat, 12.5 MB", lan: { nodes: 8, rateMbit: 10 }, sizeBytes: 12.5e6, long: true },
  { name: "128 × 10 flat, 12.5 MB", lan: { nodes: 128, rateMbit: 10 }, sizeBytes: 12.5e6, long: true },
];

/** One run of one program. */
export type Measured = {
  readonly seconds: number;
  /** Of the program on all nodes and at the source, while it ran. */
  readonly cpuSeconds: number;
  /** Most that a link between switches carried in one direction, in images; 0 where there is none. */
  readonly linkImages: number;
  /** Nodes whose copy has the SHA-256 of the image. */
  readonly intact: number;
};

/** What a program is given: everything is there, nothing runs yet. */
export type Task = {
  readonly lan: Lan;
  readonly rateMbit: number;
  /** File that all nodes have to get. */
  readonly image: string;
  readonly sizeBytes: number;
  /** Folder in memory that is a node's own; what lands there under the name `out` is checked. */
  readonly dirOf: (node: string) => string;
};

export type Contestant = {
  readonly name: string;
  /** Takes N times as long as the link allows, so it gets a smaller file: its efficiency is the same. */
  readonly shareOfImage?: number;
  readonly appliesTo?: (point: Point) => boolean;
  readonly measure: (point: Point, image: string) => Promise<Measured>;
};

export const efficiencyOf = ({ lan, sizeBytes }: Point, seconds: number): number =>
  (sizeBytes * 8) / (lan.rateMbit * 1e6) / seconds;
