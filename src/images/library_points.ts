/** The places between two durable changes of the library. A power cut may come at any of them; tests make one. */
export const LIBRARY_POINTS = [
  "chunkStored",
  "chunksStored",
  "manifestStored",
  "imageEntered",
  "imageRemoved",
  "manifestCollected",
  "chunkCollected",
] as const;
export type LibraryPoint = (typeof LIBRARY_POINTS)[number];

/** Called when the change before a point is done. */
export type ReachPoint = (point: LibraryPoint) => void;
